import type { Directive } from "../../grammar/directive.js";

/** Takes the lines of a section that began; at its end `finish` is called. */
export interface SectionLines {
  take(directive: Directive): void;
  finish?(): void;
}

export const missing = (directive: Directive, message: string, close = false): never =>
  directive.fail(message, { word: directive.length, close, code: "missing-argument" });
