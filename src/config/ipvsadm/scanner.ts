import { type Option, options } from "./options.js";

type Scanned =
  | { readonly kind: "option"; readonly option: Option; readonly value: string | undefined }
  | { readonly kind: "error"; readonly word: string; readonly problem: string }
  | { readonly kind: "end" };

/**
 * Reads words into options as the popt library does it, which is not quite getopt:
 *
 *     --long VALUE   --long=VALUE   -s VALUE   -sVALUE   -s=VALUE   -abs VALUE (a and b without value)
 *
 * Long names are not abbreviated. Words that are no options may stand anywhere and are kept for {@link rest}; all words
 * after `--` are such. A required value is the next word whatever it looks like, an optional one only a word that does
 * not begin with a hyphen. `-` alone is a word.
 */
export class Scanner {
  readonly #words: readonly string[];
  readonly #rest: string[] = [];
  #next = 0;
  /** What is left of a word of short options. */
  #letters = "";
  #onlyWords = false;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  /** The word read last: messages name it, so with `-Ln -Lh` the mistake is `-Lh`. */
  get word(): string {
    return this.#words[this.#next - 1] ?? "";
  }

  /** Words that are no options, in their order; complete only after the end has been read. */
  get rest(): readonly string[] {
    return this.#rest;
  }

  next(): Scanned {
    if (this.#letters !== "") return this.#short();
    while (this.#next < this.#words.length) {
      const word = this.#words[this.#next++]!;
      if (this.#onlyWords || word.length < 2 || !word.startsWith("-")) this.#rest.push(word);
      else if (word === "--") this.#onlyWords = true;
      else if (word.startsWith("--")) return this.#long(word.slice(2));
      else {
        this.#letters = word.slice(1);
        return this.#short();
      }
    }
    return { kind: "end" };
  }

  #long(text: string): Scanned {
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? undefined : text.slice(equals + 1);
    const option = options.find(({ long }) => long === name);
    if (!option) return this.#error("unknown option");
    if (option.argument !== "none") return this.#withValue(option, value);
    return value === undefined ? found(option) : this.#error("option does not take an argument");
  }

  #short(): Scanned {
    const letter = this.#letters[0]!;
    const after = this.#letters.slice(1);
    this.#letters = "";
    const option = options.find(({ short }) => short === letter);
    if (!option) return this.#error("unknown option");
    if (option.argument !== "none") {
      const value = after.startsWith("=") ? after.slice(1) : after;
      return this.#withValue(option, after === "" ? undefined : value);
    }
    if (after.startsWith("=")) return this.#error("option does not take an argument");
    this.#letters = after;
    return found(option);
  }

  #withValue(option: Option, value: string | undefined): Scanned {
    if (value !== undefined) return found(option, value);
    const word = this.#words[this.#next];
    if (option.argument === "optional" && (word === undefined || word.startsWith("-"))) return found(option);
    if (word === undefined) return this.#error("missing argument");
    this.#next++;
    return found(option, word);
  }

  #error(problem: string): Scanned {
    return { kind: "error", word: this.word, problem };
  }
}

function found(option: Option, value?: string): Scanned {
  return { kind: "option", option, value };
}
