import { at } from "../../config/nginx/mistake.js";
import type { Template } from "../../config/nginx/model/index.js";
import type { Registry } from "../variables/registry.js";
import type { Subject } from "../variables/subject.js";
import { capturedGroup } from "./capture.js";
import { type Piece, parseTemplate } from "./template.js";

/** A text whose variables were found: nginx's complex value. */
export interface Compiled<S extends Subject> {
  /** Its value where it is always the same. */
  readonly constant: string | undefined;
  /** One character is one byte. */
  value(subject: S): string;
}

/**
 * Compiles a text with variables.
 * @throws Mistake with its place, in nginx's words. Variables that nobody defined are told by {@link Registry.seal}.
 */
export function compile<S extends Subject>(template: Template, registry: Registry<S>): Compiled<S> {
  const { text, place } = template;
  return at(place, () => {
    if (text === "") return constant("");
    return compilePieces(parseTemplate(text), registry, place);
  });
}

/** A text that is always the same. */
export const constant = <S extends Subject>(text: string): Compiled<S> => ({
  constant: text,
  value: () => text,
});

/** The same of a text that was taken apart. */
export function compilePieces<S extends Subject>(
  pieces: readonly Piece[],
  registry: Registry<S>,
  place?: Template["place"],
): Compiled<S> {
  if (pieces.every((piece) => piece.kind === "literal"))
    return constant(pieces.map((piece) => (piece.kind === "literal" ? piece.text : "")).join(""));
  const { literals, sources } = alternate(pieces, registry, place);
  const [before = "", after = ""] = literals;
  const [first = 0] = sources;
  if (sources.length > 1) return { constant: undefined, value: (subject) => join(subject) };
  if (first < 0) return { constant: undefined, value: (subject) => before + group(subject, -first) + after };
  if (before === "" && after === "")
    return { constant: undefined, value: (subject) => registry.text(subject, first) };
  return { constant: undefined, value: (subject) => before + registry.text(subject, first) + after };

  function join(subject: S): string {
    let text = before;
    for (let i = 0; i < sources.length; i++) {
      const source = sources[i]!;
      text += source < 0 ? group(subject, -source) : registry.text(subject, source);
      text += literals[i + 1]!;
    }
    return text;
  }
}

/** Literals and what stands between them: variables by their numbers, groups by their negated numbers. */
function alternate<S extends Subject>(
  pieces: readonly Piece[],
  registry: Registry<S>,
  place: Template["place"] | undefined,
): { literals: string[]; sources: number[] } {
  const literals = [""];
  const sources: number[] = [];
  for (const piece of pieces)
    if (piece.kind === "literal") literals[literals.length - 1] += piece.text;
    else {
      sources.push(piece.kind === "capture" ? -piece.group : registry.reference(piece.name, place));
      literals.push("");
    }
  return { literals, sources };
}

const group = (subject: Subject, number: number): string => capturedGroup(subject.captured, number);
