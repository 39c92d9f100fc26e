import type { MatchMethod } from "../../config/haproxy/model/index.js";
import type { PatternEntry, Sample } from "../run/index.js";
import { AddressIndex } from "./address-index.js";
import { Buckets, type PatternIndex } from "./index-kinds.js";
import { NumberIndex } from "./number-index.js";
import { RegexIndex } from "./regex-index.js";
import { exactIndex, prefixIndex, SubstringIndex, suffixIndex, wordIndex } from "./text-index.js";

export interface IndexOptions {
  readonly ignoreCase: boolean;
  /** Numbers are versions: "3.1" (req.ssl_ver). */
  readonly dotted?: boolean;
}

/** What finds samples among patterns that are compared by a method. */
export function makeIndex(method: MatchMethod, { ignoreCase, dotted = false }: IndexOptions): PatternIndex {
  switch (method) {
    case "found":
      return new NoPatterns("any");
    case "bool":
      return new NoPatterns("bool");
    case "int":
      return new NumberIndex("value", dotted);
    case "len":
      return new NumberIndex("length");
    case "ip":
      return new AddressIndex();
    case "bin":
      return new BinaryIndex();
    case "str":
      return exactIndex(ignoreCase);
    case "beg":
      return prefixIndex(ignoreCase);
    case "end":
      return suffixIndex(ignoreCase);
    case "sub":
      return new SubstringIndex(ignoreCase);
    case "dir":
      return wordIndex("/?", ignoreCase);
    case "dom":
      return wordIndex("/?.:", ignoreCase);
    case "reg":
      return new RegexIndex(ignoreCase);
  }
}

const unnamed: PatternEntry = { id: 0, key: "", value: undefined, version: 0, line: 0 };

/** found: whatever there is; bool: what isn't zero. Neither looks at patterns. */
class NoPatterns implements PatternIndex {
  readonly kind = "list";
  readonly wants: "any" | "bool";
  constructor(wants: "any" | "bool") {
    this.wants = wants;
  }
  add(): undefined {}
  remove(): void {}
  clear(): void {}
  match(sample: Sample): PatternEntry | undefined {
    return this.wants === "any" || sample.value === true ? unnamed : undefined;
  }
}

class BinaryIndex implements PatternIndex {
  readonly wants = "bin";
  readonly kind = "list";
  readonly #entries = new Buckets<string>();

  add(entry: PatternEntry, dry = false): string | undefined {
    if (!/^(?:[0-9a-fA-F]{2})*$/.test(entry.key)) return `'${entry.key}' is not hexadecimal`;
    if (!dry) this.#entries.add(entry.key.toLowerCase(), entry);
    return undefined;
  }
  remove(entry: PatternEntry): void {
    this.#entries.remove(entry.key.toLowerCase(), entry);
  }
  clear(): void {
    this.#entries.clear();
  }
  match(sample: Sample): PatternEntry | undefined {
    return this.#entries.first((sample.value as Buffer).toString("hex"));
  }
}
