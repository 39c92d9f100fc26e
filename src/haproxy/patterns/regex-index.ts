import { type CompiledRegex, compileRegex, type MatchedGroups } from "../../regex/index.js";
import type { PatternEntry, Sample } from "../run/index.js";
import type { PatternIndex } from "./index-kinds.js";

/** Regular expressions, tried in their order. */
export class RegexIndex implements PatternIndex {
  readonly wants = "str";
  readonly kind = "list";
  readonly #ignoreCase: boolean;
  readonly #all = new Map<number, { readonly entry: PatternEntry; readonly regex: CompiledRegex }>();

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase;
  }

  add(entry: PatternEntry, dry = false): string | undefined {
    try {
      const regex = compileRegex(entry.key, { ignoreCase: this.#ignoreCase });
      if (!dry) this.#all.set(entry.id, { entry, regex });
      return undefined;
    } catch (error) {
      return `regex '${entry.key}' is invalid: ${(error as Error).message}`;
    }
  }

  remove(entry: PatternEntry): void {
    this.#all.delete(entry.id);
  }

  clear(): void {
    this.#all.clear();
  }

  match(sample: Sample): PatternEntry | undefined {
    for (const { entry, regex } of this.#all.values()) if (regex.test(sample.value as string)) return entry;
    return undefined;
  }

  /** With what its groups matched: map_regm. */
  matchGroups(text: string): { readonly entry: PatternEntry; readonly groups: MatchedGroups } | undefined {
    for (const { entry, regex } of this.#all.values()) {
      const groups = regex.exec(text, 0);
      if (groups) return { entry, groups };
    }
    return undefined;
  }
}
