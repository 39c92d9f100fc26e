import { mayPersist } from "../persistence.js";
import { readDate } from "./cookie-date.js";
import { type CookiePart, cookieParts, joinCookies } from "./cookie-text.js";
import type { HttpStream } from "./http-stream.js";

/**
 * The client's cookies (http_manage_client_side_cookies): the one that names a server decides where the request goes and is taken out
 * where the server shall not see it; the one to be logged is kept.
 */
export function readRequestCookies(stream: HttpStream): void {
  const { headers } = stream.request;
  const cookie = stream.back.section.cookie;
  const captured = stream.front.section.cookieCapture;
  for (let at = 0; at < headers.length; at++) {
    if (headers.names[at] !== "cookie") continue;
    const field = headers.values[at] as string;
    const kept: CookiePart[] = [];
    let removing = false;
    let preserved = false;
    for (const part of cookieParts(field)) {
      // "$Version" and its like belong to the cookie before them.
      if (part.name.startsWith("$")) {
        if (!removing) kept.push(part);
        continue;
      }
      if (part.value === undefined) {
        removing = false;
        preserved = true;
        kept.push(part);
        continue;
      }
      const { name, value } = part;
      if (
        captured !== undefined &&
        stream.capturedRequestCookie === undefined &&
        matchesCapture(part, captured)
      )
        stream.capturedRequestCookie = `${name}=${value}`.slice(0, captured.length);
      if (cookie === undefined || name !== cookie.name) {
        removing = false;
        preserved = true;
        kept.push(part);
        continue;
      }
      const end = readPersistence(stream, value);
      if (cookie.mode === "prefix" && end < value.length) {
        part.text = `${name}=${part.text.slice(name.length + 1 + end + 1)}`;
        removing = false;
        preserved = true;
        kept.push(part);
      } else if (cookie.mode === "insert" && cookie.indirect) removing = true;
      else {
        removing = false;
        preserved = true;
        kept.push(part);
      }
    }
    if (!preserved && kept.length === 0) {
      headers.removeAt(at);
      at--;
      continue;
    }
    const text = joinCookies(kept);
    if (text !== field) headers.values[at] = text;
  }
}

function matchesCapture(
  { name, value }: CookiePart,
  captured: { readonly name: string; readonly prefix: boolean },
): boolean {
  // HAProxy compares the beginning of "name=value" with the wanted name, to which "=" was added unless it is a prefix.
  return captured.prefix
    ? `${name}=${value}`.startsWith(captured.name)
    : name === captured.name.replace(/=$/, "");
}

/** Finds the server that a cookie names, and says in `cookieState` what the cookie was. Gives where the server's name ends. */
function readPersistence(stream: HttpStream, value: string): number {
  const cookie = stream.back.section.cookie as NonNullable<typeof stream.back.section.cookie>;
  let end = value.length;
  if (cookie.mode === "prefix") {
    const delimiter = value.indexOf("~");
    if (delimiter >= 0) end = delimiter;
  } else {
    const bar = value.indexOf("|");
    if (bar >= 0) {
      end = bar;
      const last = readDate(value.slice(bar + 1));
      if (last > 0) stream.cookieLast = last * 4;
      const second = value.indexOf("|", bar + 1);
      if (second >= 0 && value.length - second > 5) {
        const first = readDate(value.slice(second + 1));
        if (first > 0) stream.cookieFirst = first * 4;
      }
    }
  }
  const now = Math.floor(Date.now() / 1000);
  const tooOld = (date: number, limitMs: number | undefined) =>
    date !== 0 && limitMs !== undefined && (now - date > limitMs / 1000 || date - now > 86400);
  let found = end;
  let state: string | undefined;
  if (tooOld(stream.cookieFirst, cookie.maxLifeMs)) state = "O";
  else if (tooOld(stream.cookieLast, cookie.maxIdleMs)) state = "E";
  if (state !== undefined) {
    stream.cookieState = state;
    stream.cookieFirst = 0;
    stream.cookieLast = 0;
    found = 0;
  }
  const ignored = stream.search.ignoresPersistence || stream.search.wanted !== undefined;
  let chosen = false;
  if (found > 0 && !ignored) {
    const name = value.slice(0, found);
    for (const server of stream.backend.back?.servers ?? []) {
      if (server.cookie !== name) continue;
      if (mayPersist(stream, server)) {
        stream.cookieState = server.operational !== 0 ? "V" : "D";
        stream.search.stickTo(server);
        chosen = true;
        break;
      }
      stream.cookieState = "D";
    }
  }
  if (!chosen && stream.cookieState !== "D" && stream.cookieState !== "E" && stream.cookieState !== "O")
    stream.cookieState = ignored ? "U" : "I";
  return end === value.length && cookie.mode === "prefix" ? value.length : end;
}
