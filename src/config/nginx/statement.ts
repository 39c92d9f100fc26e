import type { Place } from "../finding.js";

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
}
