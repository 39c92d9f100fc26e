/**
 * Maps and ACLs' lists, which the runtime socket and rules edit: by the name of their file, or by the number of an ACL or converter ("#3").
 * All expressions that name the same file share one. Every change reaches the other threads through {@link PatternReferences.onChange}.
 */
export interface PatternReferences {
  readonly all: readonly PatternReference[];
  /** By "#3", or by the file's name as written. */
  find(name: string): PatternReference | undefined;
  /** Called for each change made here; whoever distributes hands it to `apply` in the other threads. Such changes are not reported again. */
  onChange: (change: PatternChange) => void;
  apply(change: PatternChange): void;
}

export interface PatternReference {
  /** The file's name; undefined of a list that stands in the configuration. */
  readonly name: string | undefined;
  readonly uniqueId: number;
  /** "pattern loaded from file 'x' used by map at file 'y' line 3": as `show map` and `show acl` print it. */
  readonly display: string;
  /** Which it is used as; a file can be both. */
  readonly isMap: boolean;
  readonly isAcl: boolean;
  /** The version that is matched against, and the newest that was prepared. */
  readonly currentVersion: number;
  readonly nextVersion: number;
  readonly entryCount: number;
  /** Entries of a version (the current one by itself) in their order. */
  entries(version?: number): Iterable<PatternEntry>;
  entry(id: number): PatternEntry | undefined;

  /** Adds an entry, also where there is one of that key. `version`: to one that is being prepared. Gives an error's text, or undefined. */
  add(key: string, value: string | undefined, version?: number): string | undefined;
  /** Changes the value of all entries of a key, or of one by its id. An error's text where there is none, or the value can't be one. */
  set(key: string | number, value: string): string | undefined;
  /** Removes all entries of a key, or one by its id; false: there was none. */
  remove(key: string | number): boolean;
  /** Removes all entries of a version (the current one by itself). */
  clear(version?: number): void;
  /** A new version's number, which `add` may fill until it is committed. */
  prepare(): number;
  /** Makes a version the current one and removes all that are older; an error's text if it wasn't prepared. */
  commit(version: number): string | undefined;
  /** What a sample's text matches, one for each way in which it is used: `get map`, `get acl`. */
  lookup(text: string): readonly PatternLookup[];
}

export interface PatternEntry {
  /** Printed as 0x…; unique in the process. */
  readonly id: number;
  readonly key: string;
  readonly value: string | undefined;
  readonly version: number;
  /** The line of the file or the configuration that it is from; 0: it was added while running. */
  readonly line: number;
}

export interface PatternLookup {
  readonly type: string; // "str", "int", "ip", "reg" … as `get map` prints it
  readonly ignoreCase: boolean;
  /** How it was found: by its index, or one by one. */
  readonly index: "tree" | "list";
  /** The type of a map's value ("str", "sint", "ipv4"); undefined where there is none. */
  readonly valueType: string | undefined;
  readonly entry: PatternEntry | undefined;
}

/** A change of a reference that other threads make too. */
export type PatternChange = { readonly reference: number } & (
  | {
      readonly change: "add";
      readonly key: string;
      readonly value: string | undefined;
      readonly version: number;
    }
  | { readonly change: "set"; readonly key: string | number; readonly value: string }
  | { readonly change: "remove"; readonly key: string | number }
  | { readonly change: "clear"; readonly version: number }
  | { readonly change: "prepare" }
  | { readonly change: "commit"; readonly version: number }
);
