import type { SyncEntry } from "./entry.js";

/** What came of entries that another director told. */
export interface SyncInserted {
  made: number;
  updated: number;
  /** The client's flow goes to another server here, and the entry that was told is inactive. */
  ignored: number;
  /** Its server isn't known here; it is tried again when services or servers have changed. */
  unbound: number;
  /** The connection table has no room. */
  full: number;
}

/** What a look through the connection table came to. */
export interface SyncTold {
  /** Entries that were due and given to `tell`. */
  told: number;
  /** Entries that are due and have to wait, because `tell` took no more. */
  waiting: number;
  /** Entries that have waited and are gone: nobody was told of them. */
  lost: number;
}

/** The connection table as the sync daemon sees it. Who has it keeps it: it remembers what was told. */
export interface SyncTable {
  /**
   * Looks for entries that others are to be told of since the last look.
   * @param tell takes an entry, or says by false that it is not the time: then it is offered again
   */
  look(tell: (entry: SyncEntry) => boolean): SyncTold;
  /** All entries that others need when they take over. */
  all(): Iterable<SyncEntry>;
  /** Takes entries that another director told. */
  insert(entries: readonly SyncEntry[]): SyncInserted;
  /** Tries those again whose servers were not known, if something has changed; gives how many are left. */
  bind(): number;
  /** Whether it is still the director's: it was not reset since. */
  isCurrent(): boolean;
  tunable(name: string): number;
  /** Directs nothing for some seconds from now on, or directs again. */
  standBy(on: boolean): void;
  close(): void;
}
