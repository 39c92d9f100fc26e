import type { Finding, Place } from "../finding.js";
import type { Statement, Word } from "./statement.js";

/** What is known of a mistake beside nginx's words for it. */
export interface About {
  /** Where it is, if not where its directive ends (nginx names that line). */
  readonly place?: Place;
  /** The word that is wrong: our column is its. */
  readonly word?: Word;
  /** nginx names no file for it. */
  readonly placeless?: true;
  readonly code?: string;
  readonly remedy?: string;
  readonly meant?: string;
}

/** A directive can't be taken: thrown by readers with nginx's words, caught where statements are handed out. */
export class Mistake extends Error {
  constructor(
    message: string,
    readonly about: About = {},
  ) {
    super(message);
    this.name = "Mistake";
  }

  /** The finding of it, at its own place or else at this one. */
  finding(at: Place): Finding {
    const { code = "invalid-directive", place = at, remedy, meant } = this.about;
    return {
      place,
      code,
      message: this.message,
      ...(remedy === undefined ? {} : { remedy }),
      ...(meant === undefined ? {} : { meant }),
    };
  }
}

/** Does some work; a mistake within that has no place gets this one. */
export function at<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Mistake) || error.about.place) throw error;
    throw new Mistake(error.message, { ...error.about, place });
  }
}

/** `"NAME" directive WORDS`: how nginx prints what a directive's reader says. */
export function ofDirective(statement: Statement, words: string, about: About = {}): Mistake {
  return new Mistake(`"${statement.name.text}" directive ${words}`, { word: statement.name, ...about });
}

/** The directive may stand once in a block. */
export const duplicate = (statement: Statement) =>
  ofDirective(statement, "is duplicate", { code: "duplicate-directive" });

/** `invalid value "x"` and the like, of a word. */
export const invalid = (what: string, word: Word, about: About = {}) =>
  new Mistake(`invalid ${what} "${word.text}"`, { code: "invalid-value", word, ...about });
