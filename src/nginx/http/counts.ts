import { mostSlots, type SharedZone, type ZoneStore } from "../zones/zone-store.js";

/** Connections and requests since the start, and those that there are now. */
export interface Counts {
  accepted: number;
  handled: number;
  requests: number;
  active: number;
  /** Of them those that wait for a request, and those whose answer is being made. */
  waiting: number;
  writing: number;
}

/** Connections of which a part of a head has come. */
export const readingOf = ({ active, waiting, writing }: Counts): number => active - waiting - writing;

const at = { accepted: 0, handled: 1, requests: 2, active: 3, waiting: 4, writing: 5 } as const;
/** Those that go on when their worker has ended. */
const lasting = [at.accepted, at.handled, at.requests] as const;
const rowNumbers = 8;

/**
 * Counts of all workers: each has a row of 64-bit numbers of its own, which nobody else writes while it lives, so that there is nothing to lock. Those
 * of workers that have ended are in the row of slot 0.
 */
export class WorkerCounts implements Counts, SharedZone {
  readonly #rows: Float64Array;
  readonly #own: number;

  /** Of the memory. */
  static readonly bytes = 8 * rowNumbers * mostSlots;

  constructor(memory: ArrayBufferLike, slot: number) {
    this.#rows = new Float64Array(memory, 0, rowNumbers * mostSlots);
    this.#own = rowNumbers * slot;
  }

  /** Those of all workers together. */
  get total(): Counts {
    const sum = (column: number) => {
      let all = 0;
      for (let row = 0; row < mostSlots; row++) all += this.#rows[row * rowNumbers + column] as number;
      return all;
    };
    return {
      accepted: sum(at.accepted),
      handled: sum(at.handled),
      requests: sum(at.requests),
      active: sum(at.active),
      waiting: sum(at.waiting),
      writing: sum(at.writing),
    };
  }

  /** There is no lock. */
  takeOver(): boolean {
    return false;
  }

  giveBack(slot: number): boolean {
    const row = rowNumbers * slot;
    for (const column of lasting) this.#rows[column] = this.#get(column, 0) + this.#get(column, row);
    this.#rows.fill(0, row, row + rowNumbers);
    return true;
  }

  #get(column: number, row = this.#own): number {
    return this.#rows[row + column] as number;
  }

  #set(column: number, value: number): void {
    this.#rows[this.#own + column] = value;
  }

  get accepted(): number {
    return this.#get(at.accepted);
  }
  set accepted(value: number) {
    this.#set(at.accepted, value);
  }
  get handled(): number {
    return this.#get(at.handled);
  }
  set handled(value: number) {
    this.#set(at.handled, value);
  }
  get requests(): number {
    return this.#get(at.requests);
  }
  set requests(value: number) {
    this.#set(at.requests, value);
  }
  get active(): number {
    return this.#get(at.active);
  }
  set active(value: number) {
    this.#set(at.active, value);
  }
  get waiting(): number {
    return this.#get(at.waiting);
  }
  set waiting(value: number) {
    this.#set(at.waiting, value);
  }
  get writing(): number {
    return this.#get(at.writing);
  }
  set writing(value: number) {
    this.#set(at.writing, value);
  }
}

/** A reload keeps them. */
export const sharedCounts = (zones: ZoneStore): WorkerCounts =>
  zones.take(
    { id: "counts", name: "counts", bytes: WorkerCounts.bytes, isKept: true },
    (memory) => new WorkerCounts(memory, zones.slot),
  );
