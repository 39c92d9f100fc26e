import { mostSlots, type SharedZone, type ZoneStore } from "./zone-store.js";

/**
 * Counts of all workers, by names of columns: each worker has a row of 64-bit numbers of its own, which nobody else writes while it lives, so that there
 * is nothing to lock. Those of workers that have ended are in the row of slot 0.
 */
export class CountRows<Column extends string> implements SharedZone {
  readonly name: string;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #lasting: number;
  readonly #rows: Float64Array;
  readonly #own: number;

  /** @param now columns of what there is now: it goes with its worker */
  constructor(
    name: string,
    lasting: readonly Column[],
    now: readonly Column[],
    memory: ArrayBufferLike,
    slot: number,
  ) {
    const columns = [...lasting, ...now];
    this.name = name;
    this.#columns = new Map(columns.map((column, at) => [column, at]));
    this.#lasting = lasting.length;
    this.#rows = new Float64Array(memory, 0, columns.length * mostSlots);
    this.#own = columns.length * slot;
  }

  add(column: Column, amount = 1): void {
    const at = this.#own + (this.#columns.get(column) as number);
    this.#rows[at] = (this.#rows[at] as number) + amount;
  }

  sum(column: Column): number {
    const size = this.#columns.size;
    let all = 0;
    for (let at = this.#columns.get(column) as number; at < this.#rows.length; at += size)
      all += this.#rows[at] as number;
    return all;
  }

  /** There is no lock. */
  takeOver(): boolean {
    return false;
  }

  giveBack(slot: number): boolean {
    const row = this.#columns.size * slot;
    for (let column = 0; column < this.#lasting; column++)
      this.#rows[column] = (this.#rows[column] as number) + (this.#rows[row + column] as number);
    this.#rows.fill(0, row, row + this.#columns.size);
    return true;
  }
}

/** Rows by their names: several blocks may count in one. A reload keeps them. */
export class CountZones<Column extends string> {
  readonly #kind: string;
  readonly #lasting: readonly Column[];
  readonly #now: readonly Column[];
  readonly #store: ZoneStore;
  readonly #zones = new Map<string, CountRows<Column>>();

  constructor(kind: string, lasting: readonly Column[], now: readonly Column[], store: ZoneStore) {
    this.#kind = kind;
    this.#lasting = lasting;
    this.#now = now;
    this.#store = store;
  }

  take(name: string): CountRows<Column> {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    const bytes = 8 * (this.#lasting.length + this.#now.length) * mostSlots;
    const spec = { id: `${this.#kind} ${name}`, name, bytes, isKept: true };
    const rows = this.#store.take(
      spec,
      (memory) => new CountRows(name, this.#lasting, this.#now, memory, this.#store.slot),
    );
    this.#zones.set(name, rows);
    return rows;
  }

  get all(): readonly CountRows<Column>[] {
    return [...this.#zones.values()];
  }
}

const limited = ["passed", "delayed", "rejected", "delayed_dry_run", "rejected_dry_run"] as const;
export type Limited = (typeof limited)[number];

/** What zones of limit_req, or of limit_conn, have let through and refused. */
export const limitCounts = (kind: string, store: ZoneStore): CountZones<Limited> =>
  new CountZones(`${kind} counts`, limited, [], store);
