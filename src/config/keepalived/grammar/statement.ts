import type { Context, Keyword } from "../keywords/index.js";
import type { Chars } from "../source/chars.js";

/** A word of a line; `at` has its quotes too. */
export interface Word {
  readonly text: string;
  readonly at: Chars;
  readonly quoted: boolean;
}

/** A keyword with its words, and with what stands in its block. */
export interface Statement {
  readonly word: Word;
  /** Undefined: no keyword of the block it stands in. */
  readonly keyword?: Keyword;
  /** An unknown word's statement as it was probably meant, with its block: read only to say what is wrong inside. */
  readonly guess?: Statement;
  readonly arguments: readonly Word[];
  /** The whole line, for what is read once more with other quotes (scripts, regex). */
  readonly line: Chars;
  readonly block?: Block;
  readonly rows?: readonly Row[];
}

/** Statements between "{" and "}". */
export interface Block {
  readonly context: Context;
  readonly statements: readonly Statement[];
}

/** A line of a block of values. */
export interface Row {
  readonly words: readonly [Word, ...Word[]];
  readonly line: Chars;
}
