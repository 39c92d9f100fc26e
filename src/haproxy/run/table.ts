import type { StickTable } from "../../config/haproxy/model/index.js";
import type { Sample } from "./sample.js";

/** A stick table that runs. Keys are made from samples by the table's type; a sample that can't be one gives undefined. */
export interface StickTableRun {
  readonly settings: StickTable;
  readonly name: string;
  readonly used: number;
  key(sample: Sample): TableKey | undefined;
  lookup(key: TableKey): TableEntry | undefined;
  /** Makes it where it isn't; undefined: the table is full and may not be purged. One that is there isn't touched. */
  getOrCreate(key: TableKey): TableEntry | undefined;
  /** The same, and it has one user more until `release`. */
  acquire(key: TableKey): TableEntry | undefined;
  /** In the order of their keys. */
  entries(): Iterable<TableEntry>;
  /** Not while it has users. */
  remove(key: TableKey): boolean;
  clear(): number;
  /** Whether a value is stored: "gpc0" also where there is an array gpc with an element 0. */
  has(stored: string, element?: number): boolean;
}

export type TableKey = string | number | Buffer;

export interface TableEntry {
  readonly key: TableKey;
  /** As `show table` prints it. */
  readonly keyText: string;
  /** A counter's value ("conn_cnt", "gpc0", "server_id"), or of rates the events in their period; `element` of arrays. */
  get(name: string, element?: number): number;
  text(name: "server_key" | "dict"): string | undefined;
  /** These three also touch it: its expiry begins anew, and peers are told. What the table doesn't store is left out. */
  set(name: string, value: number, element?: number): void;
  setText(name: string, value: string): void;
  /** Adds to a counter and gives what it is then, or counts events of a rate and gives those of the current period. */
  add(name: string, amount: number, element?: number): number;
  readonly expiresInMs: number;
  /** How many hold it now; it doesn't expire meanwhile. */
  readonly users: number;
  touch(): void;
  /** The end of what `acquire` began. */
  release(): void;
}

/** An entry that a session or stream tracks (sc0…): it counts as a user of it until `release`. */
export interface TrackedEntry {
  readonly table: StickTableRun;
  readonly entry: TableEntry;
  /** Tracked by a content rule: it ends with the request; and by a back end's rule. */
  readonly content: boolean;
  readonly backend: boolean;
  release(): void;
}
