import type { MatchedGroups } from "../../regex/index.js";

/** What variables are asked of: an HTTP request, or a session of stream. */
export interface Subject {
  /** Values of variables by their numbers, as far as they are kept: undefined: not asked yet; null: asked, and there is none. */
  readonly known: (string | null | undefined)[];
  /** Of the expression that matched last: `$1` and its like. */
  captured: Captured | undefined;
}

export interface Captured {
  readonly text: string;
  readonly groups: MatchedGroups;
}

/** Gives a variable's value; undefined where there is none (nginx's not_found, logged as "-"). One character is one byte. */
export type Getter<S extends Subject> = (subject: S) => string | undefined;
