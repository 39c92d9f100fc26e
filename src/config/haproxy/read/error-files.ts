import type { Directive } from "../grammar/directive.js";
import { Mistake } from "../grammar/mistake.js";

/** Statuses that answers of the proxy itself have (http-t.h, HTTP_ERR_*). */
export const errorStatuses: readonly number[] = [
  200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 421, 422, 425, 429, 500, 501, 502, 503, 504,
];

/** A whole HTTP message from a file; it has to be one, and to fit into a buffer (http_htx.c, http_load_errorfile). */
export function readErrorFile(directive: Directive, path: string): Buffer {
  const found = directive.reading.world.readFile(path);
  if ("reason" in found) throw new Mistake(`error opening file '${path}'.`, { code: "no-file" });
  const { bytes } = found;
  const { bufsize } = directive.reading.global.tune;
  if (bytes.length > bufsize)
    throw new Mistake(`file '${path}' exceeds the buffer size (${bytes.length} > ${bufsize})`, {
      code: "too-big",
    });
  checkMessage(path, bytes);
  return bytes;
}

function checkMessage(path: string, bytes: Buffer): void {
  const wrong = (): never => {
    throw new Mistake(`'${path}': unable to convert error message '${path}' to an HTX message.`, {
      code: "invalid-error-file",
      remedy:
        "The file is to hold a whole HTTP/1 response: status line, headers, an empty line, then the body.",
    });
  };
  if (bytes.length === 0) return;
  const text = bytes.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  if (!/^HTTP\/1\.[01] \d{3}[ \r\n]/.test(text) || !end) wrong();
  const lines = text.slice(0, end!.index).split(/\r?\n/).slice(1);
  for (const line of lines) if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(line)) wrong();
}
