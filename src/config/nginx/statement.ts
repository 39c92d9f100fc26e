import type { Place } from "../finding.js";
import type { Mistake } from "./mistake.js";

/** A word of the file, without its quotes and escapes. */
export interface Word {
  readonly text: string;
  readonly quoted: boolean;
  readonly place: Place;
}

/** A directive as it stands in a file: `NAME WORDS … ;` or `NAME WORDS … { … }`. */
export interface Statement {
  readonly name: Word;
  readonly words: readonly Word[];
  /** undefined: it ended by ";". */
  readonly block: readonly Statement[] | undefined;
  /** Where it ended (the ";" or "{"): nginx names this line. */
  readonly end: Place;
  /** Where its block ended: nginx names this line for what it finds when a block is complete. */
  readonly close?: Place;
  /** What is wrong behind the last statement of its block: told after what is wrong with those before it. */
  readonly fault?: Mistake;
}
