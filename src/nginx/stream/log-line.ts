import type { LogFormat } from "../../config/nginx/model/index.js";
import { parseTemplate } from "../script/template.js";
import type { Registry } from "../variables/registry.js";
import type { Subject } from "../variables/subject.js";

/** A log format as what makes a line of it, without its end of line (ngx_http_log_module). */
export function logLine<S extends Subject>(format: LogFormat, registry: Registry<S>): (subject: S) => string {
  const escaped = escapes[format.escape];
  const none = format.escape === "default" ? "-" : "";
  const parts = parseTemplate(format.text.text).map((piece): ((subject: S) => string) => {
    if (piece.kind === "literal") return () => piece.text;
    if (piece.kind === "capture") return () => none; // a log has no expression
    const number = registry.reference(piece.name, format.text.place);
    return (subject) => {
      const value = registry.value(subject, number);
      return value === undefined ? none : escaped(value);
    };
  });
  return (subject) => parts.map((part) => part(subject)).join("");
}

const hex = (character: string): string =>
  `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

/** What is left as it is, is printable, and neither a quote nor a backslash. Of JSON: what RFC 8259, section 7 wants escaped; bytes from 0x80 stay as they are. */
const jsonNames: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\f": "\\f",
};

const escapes: Record<LogFormat["escape"], (value: string) => string> = {
  default: (value) => value.replace(/[^ !#-[\]-~]/g, hex),
  json: (value) =>
    value.replace(
      /[^ !#-[\]-\xff]/g,
      (each) => jsonNames[each] ?? `\\u00${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    ),
  none: (value) => value,
};
