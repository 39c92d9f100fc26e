import type { PatternEntry, Sample } from "../run/index.js";

/**
 * What finds a sample among many patterns. Entries are added in their order, and each has an id that grows: where several match that are
 * kept one by one, the first counts.
 */
export interface PatternIndex {
  /** What the sample has to be cast to before. */
  readonly wants: "any" | "bool" | "sint" | "addr" | "bin" | "str";
  /** As `get map` says: by a tree, or one by one. */
  readonly kind: "tree" | "list";
  /** An error's text where it can't be a pattern of this kind; with `dry` nothing is added. */
  add(entry: PatternEntry, dry?: boolean): string | undefined;
  remove(entry: PatternEntry): void;
  clear(): void;
  match(sample: Sample): PatternEntry | undefined;
}

/** Entries by a key; several may have the same. */
export class Buckets<Key> {
  readonly map = new Map<Key, PatternEntry | PatternEntry[]>();

  add(key: Key, entry: PatternEntry): void {
    const there = this.map.get(key);
    if (there === undefined) this.map.set(key, entry);
    else if (Array.isArray(there)) there.push(entry);
    else this.map.set(key, [there, entry]);
  }

  /** Whether none of the key is left. */
  remove(key: Key, entry: PatternEntry): boolean {
    const there = this.map.get(key);
    if (Array.isArray(there)) {
      const left = there.filter((each) => each.id !== entry.id);
      if (left.length > 0) {
        this.map.set(key, left.length === 1 ? (left[0] as PatternEntry) : left);
        return false;
      }
    } else if (there?.id !== entry.id) return there === undefined;
    return this.map.delete(key);
  }

  first(key: Key): PatternEntry | undefined {
    const there = this.map.get(key);
    return Array.isArray(there) ? there[0] : there;
  }

  clear(): void {
    this.map.clear();
  }
}

export const earlier = (
  a: PatternEntry | undefined,
  b: PatternEntry | undefined,
): PatternEntry | undefined => (a === undefined || (b !== undefined && b.id < a.id) ? b : a);

/** ASCII letters only, as strncasecmp in the C locale. */
export const fold = (text: string): string =>
  /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
