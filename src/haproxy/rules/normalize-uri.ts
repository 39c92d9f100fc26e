import { pathAndQuery, pathOnly, replacePath, replaceQuery } from "./uri.js";

/** What `http-request normalize-uri` makes of a target; undefined: the target can't be read ("strict"), the request is refused. */
export function normalizeUri(
  target: string,
  normalizer: string,
  option: string | undefined,
): string | undefined {
  const whole = pathAndQuery(target);
  if (whole === undefined) return target;
  const path = pathOnly(target) as string;
  const strict = option === "strict";
  switch (normalizer) {
    case "path-merge-slashes":
      return replacePath(target, path.replace(/\/{2,}/g, "/"), false);
    case "path-strip-dot":
      return replacePath(target, stripDot(path), false);
    case "path-strip-dotdot":
      return replacePath(target, stripDotDot(path, option === "full"), false);
    case "query-sort-by-name": {
      const at = whole.indexOf("?");
      return at < 0 ? target : replaceQuery(target, sortQuery(whole.slice(at + 1)));
    }
    case "percent-to-uppercase":
      return withPercents(target, whole, strict, (digits) => `%${digits.toUpperCase()}`);
    case "percent-decode-unreserved":
      return withPercents(target, whole, strict, decodeUnreserved);
    case "fragment-strip": {
      const hash = whole.indexOf("#");
      return hash < 0 ? target : replacePath(target, whole.slice(0, hash), true);
    }
    case "fragment-encode":
      return replacePath(target, whole.replaceAll("#", "%23"), true);
    default:
      return target;
  }
}

function stripDot(path: string): string {
  const segments = path.split("/");
  let made = "";
  for (let at = 0; at < segments.length; at++) {
    if (segments[at] === ".") continue;
    made += segments[at] + (at < segments.length - 1 ? "/" : "");
  }
  return made;
}

/** From the end: each ".." takes away the segment before it; what is left over stays, unless `full`. */
function stripDotDot(path: string, full: boolean): string {
  let at = path.length - 1;
  let up = 0;
  let made = "";
  if (at >= 2 && path.endsWith("/..")) {
    up++;
    at -= 2;
  }
  while (at >= 0) {
    if (at >= 3 && path.startsWith("/../", at - 3)) {
      up++;
      at -= 3;
    } else if (up > 0) {
      at--;
      if (at >= 0) {
        up--;
        while (at >= 0 && path[at] !== "/") at--;
      }
    } else {
      const slash = at === 0 ? -1 : path.lastIndexOf("/", at - 1);
      made = path.slice(slash + 1, at + 1) + made;
      at = slash;
    }
  }
  if (up === 0) return made;
  return (full ? "" : "/..".repeat(up)) + "/" + made;
}

function sortQuery(query: string): string {
  const parameters = query.split("&");
  if (parameters.at(-1) === "") parameters.pop();
  const nameOf = (parameter: string) => parameter.split("=", 1)[0] as string;
  return parameters.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0)).join("&");
}

function withPercents(
  target: string,
  whole: string,
  strict: boolean,
  change: (digits: string) => string,
): string | undefined {
  if (strict && /%(?![0-9A-Fa-f]{2})/.test(whole)) return undefined;
  return replacePath(
    target,
    whole.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => change(digits)),
    true,
  );
}

function decodeUnreserved(digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return /[A-Za-z0-9\-._~]/.test(character) ? character : `%${digits}`;
}
