import type { Headers, RequestHead, ResponseHead } from "../../proxy/index.js";
import { httpDate, listValues, sameEtag } from "../headers/index.js";

/** What of a request and its answer decides whether the cache is used (the flags TX_CACHE… of http_ana.c). */
export interface Cacheability {
  /** The cache isn't asked, and the answer isn't stored. */
  ignore: boolean;
  cacheable: boolean;
}

/** Of a request when `cache-use` is reached. */
export function checkRequest(request: RequestHead): Cacheability {
  const isRead = request.method === "GET" || request.method === "HEAD";
  const found = { ignore: !isRead || request.version === "1.0", cacheable: isRead };
  const { headers } = request;
  if (headers.has("authorization")) {
    found.cacheable = false;
    found.ignore = true;
  }
  const controls = listValues(headers, "cache-control").map((value) => value.toLowerCase());
  for (const value of controls) {
    if (/^(max-age|no-cache|max-stale|min-fresh)/.test(value)) found.ignore = true;
    else if (value.startsWith("no-store")) found.cacheable = false;
  }
  const pragma = headers.get("pragma")?.trim().toLowerCase();
  if (controls.length === 0 && pragma === "no-cache") found.ignore = true;
  return found;
}

/** Whether an answer may be stored, by its head and what the request said. */
export function mayStore(request: Cacheability, response: ResponseHead): boolean {
  const { headers } = response;
  if (headers.get("pragma")?.trim().toLowerCase() === "no-cache") return false;
  let cacheable = request.cacheable;
  let fresh = false;
  for (const each of listValues(headers, "cache-control")) {
    const value = each.toLowerCase();
    if (value === "public") cacheable = true;
    else if (["private", "no-cache", "no-store", "max-age=0", "s-maxage=0"].includes(value))
      cacheable = false;
    else if (value.startsWith('no-cache="set-cookie')) cacheable = false;
    else if (value.startsWith("s-maxage") || value.startsWith("max-age")) fresh = true;
  }
  const known = fresh || ["expires", "etag", "last-modified"].some((name) => headers.has(name));
  return cacheable && known && !request.ignore;
}

/**
 * For how many seconds an answer may be used: what it says (`said`, 0 where it says nothing), but at most `limit`. undefined: what it says
 * can't be read, and it isn't used.
 */
export function ageLimits(
  headers: Headers,
  limit: number,
  nowSeconds: number,
): { readonly used: number; readonly said: number } | undefined {
  let shared = -1;
  let own = -1;
  for (const value of listValues(headers, "cache-control")) {
    const match = /^(s-maxage|max-age)=(.*)$/i.exec(value);
    if (match === null) continue;
    const seconds = /^"?[ \t]*([+-]?\d+)/.exec(match[2] as string)?.[1];
    if (seconds === undefined || Number(seconds) < 0) return undefined;
    if (match[1]?.toLowerCase() === "s-maxage") shared = Number(seconds);
    else own = Number(seconds);
  }
  const said = shared > 0 ? shared : own > 0 ? own : undefined;
  if (said !== undefined) return { used: Math.min(said, limit), said };
  const expires = shared < 0 && own < 0 ? headers.get("expires") : undefined;
  if (expires === undefined) return { used: limit, said: 0 };
  const left = Math.max(0, (httpDate(expires.trim(), nowSeconds) ?? 0) - nowSeconds);
  return { used: Math.min(left, limit), said: left };
}

/** When the object was last changed, for if-modified-since: as it says, or when it was made, or now. */
export function lastModified(headers: Headers, nowSeconds: number): number {
  for (const name of ["last-modified", "date"]) {
    const value = headers.get(name);
    const seconds = value === undefined ? undefined : httpDate(value.trim(), nowSeconds);
    if (seconds) return seconds;
  }
  return nowSeconds;
}

/** Whether a client has the object already: 304 is its answer. */
export function isNotModified(request: Headers, etag: string | undefined, modified: number): boolean {
  const known = listValues(request, "if-none-match");
  if (known.length > 0)
    return known.some((each) => each === "*" || (etag !== undefined && sameEtag(etag, each)));
  const since = request.get("if-modified-since");
  const seconds = since === undefined ? undefined : httpDate(since.trim());
  return seconds !== undefined && modified <= seconds;
}
