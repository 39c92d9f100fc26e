import type { Table } from "../tables/index.js";

/** An entry and the number of the change by which it is told of; 0: it was learned. */
export interface Change {
  readonly entry: number;
  readonly update: number;
}

/** What one peer and we know of each other's copy of a table. Update numbers are modulo 2^32. */
export class SharedTable {
  readonly table: Table;
  /** Our number of it on the wire, and the peer's (0: it hasn't defined it). */
  readonly localId: number;
  remoteId = 0;
  /** The peer's stored data as bits, and how many elements its arrays have. */
  remoteData = 0;
  readonly remoteElements = new Map<number, number>();
  /** The peer's last update that we got, and that we acknowledged. */
  lastGot = 0;
  lastAcknowledged = 0;
  /** Our last update that was sent, and that the peer acknowledged. */
  lastPushed = 0;
  update = 0;
  teachingOrigin = 0;
  /** A lesson's entries that are still to be sent; undefined: none is given, or this table's part of it is done. */
  lesson: Iterator<Change> | undefined;

  constructor(table: Table, localId: number) {
    this.table = table;
    this.localId = localId;
  }

  /** The table's name on the wire: without the section's name, of its own tables ("/NAME"). */
  get wireName(): string {
    const { name } = this.table;
    const slash = name.indexOf("/");
    return slash < 0 ? name : name.slice(slash);
  }

  /** A connection begins: what wasn't acknowledged is sent again. */
  connected(): void {
    this.lastGot = 0;
    this.lastAcknowledged = 0;
    this.remoteId = 0;
    if (((this.table.store.updates.last - this.update) | 0) < 0) this.update = 0; // of an earlier life
    this.lastPushed = this.update;
    this.teachingOrigin = this.update;
    this.lesson = undefined;
  }

  /** All entries are to be taught: those that were learned first, then our own in the order of their changes. */
  startLesson(): void {
    const { table } = this;
    const { learned, own, last } = table.locked(() => {
      const own = table.store.updates.all();
      const isOwn = new Set(own.map(({ entry }) => entry));
      const learned = [...table.store.all()]
        .filter((entry) => !isOwn.has(entry))
        .map((entry) => ({ entry, update: 0 }));
      return { learned, own, last: table.store.updates.last };
    });
    this.teachingOrigin = last;
    this.lesson = [...learned, ...own].values();
  }
}
