import type { Findings } from "../findings.js";
import type { Word } from "../grammar/statement.js";

/** Stops the reading of a line that is wrong; its words are noted already. */
export class SkipLine extends Error {}

/** Goes through the words of a route or a rule. */
export class WordCursor {
  #next = 0;
  constructor(
    readonly words: readonly Word[],
    readonly findings: Findings,
  ) {}

  get more(): boolean {
    return this.#next < this.words.length;
  }

  /** The next word, without going on. */
  get peek(): Word | undefined {
    return this.words[this.#next];
  }

  take(): Word {
    const word = this.words[this.#next++];
    if (word) return word;
    const last = this.words.at(-1)!;
    this.findings.add(
      last.at,
      "missing-parameter",
      `*** Configuration line starting \`${this.words[0]!.text}\` is missing a parameter after keyword \`${last.text}\` at word position ${this.words.length + 1}`,
      { refused: "missing-parameter" },
    );
    throw new SkipLine();
  }

  back(): void {
    this.#next--;
  }

  /** The word "lock" before a value, if it stands there. */
  lock(): boolean {
    if (this.peek?.text !== "lock") return false;
    this.#next++;
    return true;
  }

  /** Notes a mistake and leaves the line. */
  skip(word: Word, message: string, remedy?: string): never {
    this.findings.add(word.at, "invalid-value", message, { remedy });
    throw new SkipLine();
  }
}
