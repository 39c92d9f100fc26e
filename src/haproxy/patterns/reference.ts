import type { MatchMethod } from "../../config/haproxy/model/index.js";
import type { PatternChange, PatternEntry, PatternLookup, PatternReference, Sample } from "../run/index.js";
import { cast } from "../samples/cast.js";
import { str } from "../samples/value.js";
import type { PatternIndex } from "./index-kinds.js";
import { makeIndex } from "./make-index.js";

/** What a map gives for its keys; an entry whose value can't be one is refused. */
export type ValueParser = (value: string) => Sample | undefined;

/** One way in which a list is used: how it is compared, and what its values are. */
export interface Matcher {
  readonly method: MatchMethod;
  readonly ignoreCase: boolean;
  readonly dotted: boolean;
  readonly index: PatternIndex;
  readonly parseValue: ValueParser | undefined;
  readonly values: WeakMap<PatternEntry, Sample>;
  match(sample: Sample): PatternEntry | undefined;
  valueOf(entry: PatternEntry): Sample | undefined;
}

let lastEntry = 0x1000;

/** One file's patterns, or those that stand in the configuration, with all that look for samples in them. */
export class Reference implements PatternReference {
  readonly name: string | undefined;
  readonly twoColumns: boolean;
  display: string;
  isMap = false;
  isAcl = false;
  uniqueId = -1;
  currentVersion = 0;
  nextVersion = 0;
  readonly #entries = new Map<number, PatternEntry>();
  readonly #matchers: Matcher[] = [];
  #byKey: Map<string, PatternEntry[]> | undefined;
  onChange: (change: PatternChange) => void = () => {};

  constructor(name: string | undefined, display: string, twoColumns: boolean) {
    this.name = name;
    this.display = display;
    this.twoColumns = twoColumns;
  }

  get entryCount(): number {
    return this.#entries.size;
  }

  *entries(version = this.currentVersion): Iterable<PatternEntry> {
    for (const entry of this.#entries.values()) if (entry.version === version) yield entry;
  }

  entry(id: number): PatternEntry | undefined {
    return this.#entries.get(id);
  }

  /** What looks for samples in it in one way; shared where the way is the same. An error's text where an entry can't be such a pattern. */
  matcher(
    method: MatchMethod,
    ignoreCase: boolean,
    { dotted = false, parseValue }: { dotted?: boolean; parseValue?: ValueParser | undefined } = {},
  ): Matcher | string {
    const known = this.#matchers.find(
      (each) =>
        each.method === method &&
        each.ignoreCase === ignoreCase &&
        each.dotted === dotted &&
        each.parseValue === parseValue,
    );
    if (known) return known;
    const index = makeIndex(method, { ignoreCase, dotted });
    const values = new WeakMap<PatternEntry, Sample>();
    const made: Matcher = {
      method,
      ignoreCase,
      dotted,
      index,
      parseValue,
      values,
      match(sample) {
        const fitting = index.wants === "any" ? sample : cast(sample, index.wants);
        return fitting && index.match(fitting);
      },
      valueOf: (entry) => values.get(entry),
    };
    for (const entry of this.entries()) {
      const problem = enter(made, entry);
      if (problem !== undefined)
        return entry.line > 0 && this.name !== undefined
          ? `${problem} at line ${entry.line} of file '${this.name}'`
          : problem;
    }
    this.#matchers.push(made);
    return made;
  }

  add(
    key: string,
    value: string | undefined,
    version = this.currentVersion,
    line = 0,
    report = true,
  ): string | undefined {
    const entry: PatternEntry = { id: ++lastEntry, key, value, version, line };
    for (const matcher of this.#matchers) {
      const problem = matcher.index.add(entry, true) ?? badValue(matcher, value);
      if (problem !== undefined) return problem;
    }
    this.#entries.set(entry.id, entry);
    this.#remember(entry);
    if (version === this.currentVersion) for (const matcher of this.#matchers) enter(matcher, entry);
    if (report) this.#report({ change: "add", key, value, version });
    return undefined;
  }

  set(key: string | number, value: string, report = true): string | undefined {
    const found =
      typeof key === "number" ? [this.#entries.get(key)].flatMap((each) => each ?? []) : this.#of(key);
    if (found.length === 0) return typeof key === "number" ? "key or pattern not found" : "entry not found";
    for (const matcher of this.#matchers) {
      const problem = badValue(matcher, value);
      if (problem !== undefined) return problem;
    }
    for (const entry of found) {
      (entry as { value: string | undefined }).value = value;
      for (const matcher of this.#matchers) {
        const sample = matcher.parseValue?.(value);
        if (sample) matcher.values.set(entry, sample);
      }
    }
    // Numbers of entries are a thread's own: others are told the key.
    if (report) this.#report({ change: "set", key: (found[0] as PatternEntry).key, value });
    return undefined;
  }

  remove(key: string | number, report = true): boolean {
    const found =
      typeof key === "number" ? [this.#entries.get(key)].flatMap((each) => each ?? []) : [...this.#of(key)];
    for (const entry of found) this.#drop(entry);
    if (found.length > 0 && report) this.#report({ change: "remove", key: (found[0] as PatternEntry).key });
    return found.length > 0;
  }

  clear(version = this.currentVersion, report = true): void {
    for (const entry of [...this.entries(version)]) this.#drop(entry);
    if (report) this.#report({ change: "clear", version });
  }

  prepare(report = true): number {
    this.nextVersion = (this.nextVersion + 1) >>> 0;
    if (report) this.#report({ change: "prepare" });
    return this.nextVersion;
  }

  commit(version: number, report = true): string | undefined {
    if (version > this.nextVersion || version < this.currentVersion) return "Version number out of range.";
    if (version !== this.currentVersion) {
      this.currentVersion = version;
      for (const entry of [...this.#entries.values()]) if (entry.version < version) this.#drop(entry);
      for (const matcher of this.#matchers) {
        matcher.index.clear();
        for (const entry of this.entries()) enter(matcher, entry);
      }
    }
    if (report) this.#report({ change: "commit", version });
    return undefined;
  }

  lookup(text: string): readonly PatternLookup[] {
    return this.#matchers.map((matcher) => {
      const entry = matcher.match(str(text));
      return {
        type: matcher.method,
        ignoreCase: matcher.ignoreCase,
        index: matcher.index.kind,
        entry,
        valueType: entry && matcher.valueOf(entry)?.type,
      };
    });
  }

  #drop(entry: PatternEntry): void {
    this.#entries.delete(entry.id);
    const left = this.#byKey?.get(entry.key)?.filter((each) => each.id !== entry.id);
    if (left === undefined || left.length === 0) this.#byKey?.delete(entry.key);
    else this.#byKey?.set(entry.key, left);
    if (entry.version === this.currentVersion)
      for (const matcher of this.#matchers) matcher.index.remove(entry);
  }

  /** Entries of a key, of all versions; the index of keys is made when it is first asked for. */
  #of(key: string): readonly PatternEntry[] {
    if (this.#byKey === undefined) {
      this.#byKey = new Map();
      for (const entry of this.#entries.values()) this.#remember(entry);
    }
    return this.#byKey.get(key) ?? [];
  }

  #remember(entry: PatternEntry): void {
    const there = this.#byKey?.get(entry.key);
    if (there) there.push(entry);
    else this.#byKey?.set(entry.key, [entry]);
  }

  #report(change: WithoutReference): void {
    this.onChange({ reference: this.uniqueId, ...change } as PatternChange);
  }
}

type WithoutReference = PatternChange extends infer Each
  ? Each extends unknown
    ? Omit<Each, "reference">
    : never
  : never;

const badValue = (matcher: Matcher, value: string | undefined): string | undefined =>
  matcher.parseValue && (value === undefined || matcher.parseValue(value) === undefined)
    ? `unable to parse '${value ?? ""}'`
    : undefined;

function enter(matcher: Matcher, entry: PatternEntry): string | undefined {
  const problem = matcher.index.add(entry) ?? badValue(matcher, entry.value);
  if (problem !== undefined) return problem;
  const sample = entry.value === undefined ? undefined : matcher.parseValue?.(entry.value);
  if (sample) matcher.values.set(entry, sample);
  return undefined;
}
