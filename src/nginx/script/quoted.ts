import { at } from "../../config/nginx/mistake.js";
import type { Template } from "../../config/nginx/model/index.js";
import { escapeUri } from "../http/uri/escape.js";
import type { Registry } from "../variables/registry.js";
import type { Subject } from "../variables/subject.js";
import { capturedGroup } from "./capture.js";
import { compilePieces } from "./compile.js";
import { type Piece, parseTemplate } from "./template.js";

/** Gives a text's value; `escaped`: groups of the last match are escaped as for arguments. */
export type Quotable<S extends Subject> = (subject: S, escaped: boolean) => string;

/** @throws Mistake with its place, as {@link compile} */
export function compileQuotable<S extends Subject>(template: Template, registry: Registry<S>): Quotable<S> {
  return at(template.place, () => quotablePieces(parseTemplate(template.text), registry, template.place));
}

export function quotablePieces<S extends Subject>(
  pieces: readonly Piece[],
  registry: Registry<S>,
  place: Template["place"],
): Quotable<S> {
  const plain = compilePieces(pieces, registry, place);
  if (!pieces.some((piece) => piece.kind === "capture")) return (subject) => plain.value(subject);
  const parts = pieces.map((piece): ((subject: S) => string) => {
    if (piece.kind === "capture")
      return (subject) => escapeUri(capturedGroup(subject.captured, piece.group), "args");
    const compiled = compilePieces([piece], registry, place);
    return (subject) => compiled.value(subject);
  });
  return (subject, escaped) => {
    if (!escaped) return plain.value(subject);
    let text = "";
    for (const part of parts) text += part(subject);
    return text;
  };
}
