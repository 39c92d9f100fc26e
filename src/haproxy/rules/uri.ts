/**
 * The parts of a request's target (RFC 9112 section 3.2): origin form "/path?query", absolute form "http://host/path", authority form
 * "host:port" of CONNECT, and "*".
 */

/** Where the path begins; -1: there is none ("*", authority form). It may be the end, of "http://host". */
export function pathStart(target: string): number {
  const first = target.charCodeAt(0);
  if (first === 47) return 0;
  if (target === "" || target === "*") return -1;
  const scheme = schemeEnd(target);
  if (scheme < 0) return -1;
  const slash = target.indexOf("/", scheme);
  const end = slash < 0 ? target.length : slash;
  return end === target.length ? -1 : end;
}

/** Path with its query; undefined where there is no path. */
export function pathAndQuery(target: string): string | undefined {
  const start = pathStart(target);
  return start < 0 ? undefined : start === 0 ? target : target.slice(start);
}

/** Path without the query. */
export function pathOnly(target: string): string | undefined {
  const whole = pathAndQuery(target);
  if (whole === undefined) return undefined;
  const query = whole.indexOf("?");
  return query < 0 ? whole : whole.slice(0, query);
}

/** Host and port of an absolute or authority form, without a user's name; undefined where there is none. */
export function authorityOf(target: string): string | undefined {
  const first = target.charCodeAt(0);
  if (first === 47 || target === "" || target === "*") return undefined;
  const from = Math.max(0, schemeEnd(target));
  const slash = target.indexOf("/", from);
  const whole = target.slice(from, slash < 0 ? undefined : slash);
  return whole.slice(whole.lastIndexOf("@") + 1);
}

/** With another path; `withQuery`: the query is replaced as well. A target without a path is replaced whole. */
export function replacePath(target: string, path: string, withQuery: boolean): string {
  const start = Math.max(0, pathStart(target));
  if (withQuery) return target.slice(0, start) + path;
  const query = target.indexOf("?", start);
  return target.slice(0, start) + path + (query < 0 ? "" : target.slice(query));
}

/** `query` without its question mark; an empty one leaves no question mark where there was none. */
export function replaceQuery(target: string, query: string): string {
  const at = target.indexOf("?");
  if (at >= 0) return target.slice(0, at + 1) + query;
  return query === "" ? target : `${target}?${query}`;
}

/** With another host in an absolute form; others stay as they are. */
export function replaceAuthority(target: string, host: string): string {
  const from = schemeEnd(target);
  if (from < 0 || target.charCodeAt(0) === 47) return target;
  const slash = target.indexOf("/", from);
  const end = slash < 0 ? target.length : slash;
  const at = target.lastIndexOf("@", end);
  return target.slice(0, at >= from ? at + 1 : from) + host + target.slice(end);
}

/** An absolute form without a port that its scheme means anyway ("http://h:80/"); undefined where there is nothing to take away (RFC 3986, 6.2.3). */
export function withoutDefaultPort(
  target: string,
): { readonly target: string; readonly host: string } | undefined {
  const from = schemeEnd(target);
  if (from < 0) return undefined;
  const match = /^(https?):\/\/([^/?#]*):(\d+)(?=[/?#]|$)/i.exec(target);
  if (match === null || match[3] !== (match[1]?.toLowerCase() === "https" ? "443" : "80")) return undefined;
  const host = match[2] as string;
  return { target: target.slice(0, from) + host + target.slice(match[0].length), host };
}

function schemeEnd(target: string): number {
  const at = target.indexOf("://");
  return at > 0 && /^[A-Za-z][A-Za-z0-9+.-]*$/.test(target.slice(0, at)) ? at + 3 : -1;
}
