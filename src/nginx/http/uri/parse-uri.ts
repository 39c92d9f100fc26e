/** A request's path as locations see it, and what stands behind its first "?". */
export interface ParsedUri {
  /** Percent signs taken off, "." and ".." resolved; begins with "/". One character is one byte. */
  readonly uri: string;
  /** undefined: there was no "?". */
  readonly args: string | undefined;
}

const plain = /^\/(?:[^/.%#?][^/%#?]*(?:\/(?=[^/.]|$)|$))*$/;

/**
 * Reads the path of a request's target (ngx_http_parse_complex_uri). "#" and what follows is cut off; an encoded slash or dot is one.
 *
 * @param mergeSlashes several slashes in a row are one (merge_slashes)
 * @returns undefined where nginx answers 400: a percent sign without two digits, %00, or ".." above the root
 */
export function parseUri(target: string, mergeSlashes: boolean): ParsedUri | undefined {
  const hash = target.indexOf("#");
  const whole = hash < 0 ? target : target.slice(0, hash);
  const question = whole.indexOf("?");
  const path = question < 0 ? whole : whole.slice(0, question);
  const args = question < 0 ? undefined : whole.slice(question + 1);
  if (plain.test(path)) return { uri: path, args };
  const decoded = decode(path);
  const uri = decoded === undefined ? undefined : resolve(decoded, mergeSlashes);
  return uri === undefined ? undefined : { uri, args };
}

/** @returns undefined where a percent sign has no two digits, or stands for NUL */
function decode(path: string): string | undefined {
  if (!path.includes("%")) return path;
  let wrong = false;
  const decoded = path.replace(/%([0-9a-fA-F]{2})?/g, (_, digits: string | undefined) => {
    if (digits === undefined || digits === "00") wrong = true;
    return digits === undefined ? "" : String.fromCharCode(Number.parseInt(digits, 16));
  });
  return wrong ? undefined : decoded;
}

function resolve(path: string, mergeSlashes: boolean): string | undefined {
  const segments: string[] = [];
  const parts = path.split("/").slice(1);
  for (const [at, part] of parts.entries()) {
    const isLast = at === parts.length - 1;
    if (part === "..") {
      if (segments.pop() === undefined) return undefined;
    } else if (part !== "." && (part !== "" || !mergeSlashes) && !isLast) segments.push(part);
    if (isLast) segments.push(part === "." || part === ".." ? "" : part);
  }
  return `/${segments.join("/")}`;
}
