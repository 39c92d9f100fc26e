import type { Headers } from "../../../proxy/index.js";
import { dateText } from "./cookie-date.js";
import { cookieParts } from "./cookie-text.js";
import type { HttpStream } from "./http-stream.js";

/**
 * Cookies of an answer: the server's own is taken out, rewritten or kept as the `cookie` line says, ours is added, caches are told.
 * false: `option checkcache` forbids the answer.
 */
export function answerCookies(stream: HttpStream): boolean {
  const { back, front, response } = stream;
  const { cookie, options } = back.section;
  const captured = front.section.cookieCapture;
  if (cookie === undefined && captured === undefined && !options.checkCache) return true;
  const { headers } = response as NonNullable<typeof response>;
  const present = readServerCookies(stream, headers);
  if (options.checkCache || cookie?.noCache) checkCacheability(stream, headers);
  insertCookie(stream, headers);
  if (options.checkCache && present && stream.cacheable && stream.cookiesCacheable) {
    const text = `Blocking cacheable cookie in response from instance ${back.section.name}, server ${stream.server?.name ?? "<dispatch>"}.`;
    stream.streams.process.log.send(
      back.section.logs,
      1,
      back.section.logTag ?? stream.streams.process.config.global.logTag,
      text,
    );
    return false;
  }
  return true;
}

/** Whether there was any. */
function readServerCookies(stream: HttpStream, headers: Headers): boolean {
  const { cookie } = stream.back.section;
  const captured = stream.front.section.cookieCapture;
  let present = false;
  for (let at = 0; at < headers.length; at++) {
    const field = headers.names[at];
    if (field !== "set-cookie" && field !== "set-cookie2") continue;
    present = true;
    if (cookie === undefined && captured === undefined) return true;
    const value = headers.values[at] as string;
    const parts = cookieParts(value, field === "set-cookie2");
    const [first] = parts;
    if (first?.value === undefined) continue;
    if (captured !== undefined && stream.capturedResponseCookie === undefined) {
      const text = `${first.name}=${first.value}`;
      if (captured.prefix ? text.startsWith(captured.name) : first.name === captured.name.replace(/=$/, ""))
        stream.capturedResponseCookie = text.slice(0, captured.length);
    }
    if (cookie === undefined || stream.search.ignoresPersistence || first.name !== cookie.name) continue;
    stream.setCookieState = "P";
    const { server } = stream;
    if (cookie.preserve) continue;
    if ((server !== undefined && cookie.mode === "insert") || (stream.search.direct && cookie.indirect)) {
      headers.removeAt(at);
      at--;
      stream.setCookieState = "D";
    } else if (server?.cookie !== undefined && cookie.mode === "rewrite") {
      headers.values[at] = replaceValue(value, server.cookie, first.value.length);
      stream.setCookieState = "R";
    } else if (server?.cookie !== undefined && cookie.mode === "prefix") {
      headers.values[at] = replaceValue(value, `${server.cookie}~`, 0);
      stream.setCookieState = "R";
    }
  }
  return present;
}

/** Puts text in the place of so many characters of the first cookie's value. */
function replaceValue(field: string, text: string, length: number): string {
  const equals = field.indexOf("=");
  const from = equals + 1 + (/^[ \t]*/.exec(field.slice(equals + 1)) as RegExpExecArray)[0].length;
  return field.slice(0, equals).trimEnd() + "=" + text + field.slice(from + length);
}

function insertCookie(stream: HttpStream, headers: Headers): void {
  const { cookie } = stream.back.section;
  const { server } = stream;
  if (
    cookie === undefined ||
    cookie.mode !== "insert" ||
    server === undefined ||
    stream.search.ignoresPersistence
  )
    return;
  if (stream.setCookieState === "P" && cookie.preserve) return;
  const now = Math.floor(Date.now() / 1000);
  const { cookieFirst, cookieLast } = stream;
  const idleLimit = cookie.maxIdleMs !== undefined;
  const lifeLimit = cookie.maxLifeMs !== undefined;
  const needed =
    !stream.search.direct ||
    ((idleLimit || cookieLast !== 0) && (cookieLast === 0 || cookieLast - now < 0)) ||
    (lifeLimit && cookieFirst === 0) ||
    (!lifeLimit && cookieFirst !== 0);
  if (!needed || (cookie.postOnly && stream.request.method !== "POST")) return;
  let text: string;
  if (server.cookie === undefined) text = `${cookie.name}=; Expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/`;
  else {
    text = `${cookie.name}=${server.cookie}`;
    if (idleLimit || lifeLimit) {
      const date = (now + 3) >> 2;
      text += `|${dateText(date)}`;
      if (lifeLimit) text += `|${dateText(cookieFirst !== 0 ? cookieFirst >> 2 : date)}`;
    }
    text += "; path=/";
  }
  for (const domain of cookie.domains) text += `; domain=${domain}`;
  if (cookie.httpOnly) text += "; HttpOnly";
  if (cookie.secure) text += "; Secure";
  for (const attribute of cookie.attributes) text += `; ${attribute}`;
  headers.add("set-cookie", text);
  stream.setCookieState = server.cookie !== undefined && stream.search.direct ? "U" : "I";
  if (cookie.noCache && stream.cacheable) {
    stream.cacheable = false;
    stream.cookiesCacheable = false;
    headers.add("cache-control", "private");
  }
}

/** What the answer itself says of caching (http_check_response_for_cacheability). */
function checkCacheability(stream: HttpStream, headers: Headers): void {
  const never = () => {
    stream.cacheable = false;
    stream.cookiesCacheable = false;
  };
  if (stream.status < 200) {
    never();
    return;
  }
  if (headers.get("pragma")?.toLowerCase() === "no-cache") {
    never();
    return;
  }
  // What has no validator and doesn't say how long it is fresh isn't kept (RFC 9111, section 3).
  let fresh = headers.has("expires") || headers.has("etag") || headers.has("last-modified");
  for (const field of headers.all("cache-control"))
    for (const part of field.split(",")) {
      const word = part.trim().toLowerCase();
      fresh ||= /^(s-maxage|max-age)=/.test(word);
      if (word === "public") {
        stream.cacheable = true;
        stream.cookiesCacheable = true;
      } else if (["private", "no-cache", "no-store", "max-age=0", "s-maxage=0"].includes(word)) never();
      else if (word.startsWith('no-cache="set-cookie')) stream.cookiesCacheable = false;
    }
  if (!fresh) never();
}

/** A back end that persists by a cookie says of each request that it had none, unless it had. */
export function settleCookieStates(stream: HttpStream): void {
  if (stream.back.section.cookie === undefined) return;
  if (stream.cookieState === "-") stream.cookieState = "N";
  if (stream.setCookieState === "-") stream.setCookieState = "N";
}
