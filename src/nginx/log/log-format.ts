import type { LogFormat } from "../../config/nginx/model/index.js";
import { capturedGroup } from "../script/capture.js";
import { parseTemplate } from "../script/template.js";
import type { Registry } from "../variables/registry.js";
import type { Subject } from "../variables/subject.js";

const hex = (code: number) => `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
const unsafe = /[\0-\x1f"\\\x7f-\xff]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is escaped.
const unsafeInJson = /[\0-\x1f"\\]/g;
const json: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
  '"': '\\"',
  "\\": "\\\\",
};

/** What becomes of a variable's value in a line; undefined: it has none. */
const makers = {
  default: (value: string | undefined) =>
    value === undefined ? "-" : value.replace(unsafe, (found) => hex(found.charCodeAt(0))),
  json: (value: string | undefined) =>
    (value ?? "").replace(
      unsafeInJson,
      (found) => json[found] ?? `\\u00${found.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    ),
  none: (value: string | undefined) => value ?? "",
} as const;

/** Makes a log's line, without its end, of a request or a session (ngx_http_log_module). @throws Mistake of a variable's name */
export function compileLogFormat<S extends Subject>(
  { escape: kind, text: { text, place } }: LogFormat,
  registry: Registry<S>,
): (subject: S) => string {
  const escaped = makers[kind];
  const parts = parseTemplate(text).map((piece): ((subject: S) => string) => {
    if (piece.kind === "literal") return () => piece.text;
    if (piece.kind === "capture")
      return (subject) => escaped(capturedGroup(subject.captured, piece.group) || undefined);
    const number = registry.reference(piece.name, place);
    return (subject) => escaped(registry.value(subject, number));
  });
  return (subject) => {
    let line = "";
    for (const part of parts) line += part(subject);
    return line;
  };
}
