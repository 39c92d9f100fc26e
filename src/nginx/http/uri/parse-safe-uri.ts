/**
 * Reads a path that another server tells (X-Accel-Redirect): decoded where it is quoted, with its arguments apart (ngx_http_parse_unsafe_uri).
 *
 * @param text latin1: one character is one byte
 * @returns undefined where it is empty, has a NUL, or leads upwards by ".."
 */
export function parseSafeUri(text: string): { readonly uri: string; readonly args: string } | undefined {
  const question = text.indexOf("?");
  const path = question < 0 ? text : text.slice(0, question);
  const args = question < 0 ? "" : text.slice(question + 1);
  const uri = path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return isSafe(path) && isSafe(uri) ? { uri, args } : undefined;
}

const isSafe = (path: string): boolean =>
  path !== "" && !path.includes("\0") && !path.split("/").includes("..");
