import type { Socket } from "node:dgram";
import {
  readSyncMessage,
  type SyncEntry,
  type SyncFault,
  type SyncInserted,
  type SyncTable,
} from "../ipvs/sync/index.js";
import type { SyncSettings } from "./settings.js";
import { openReceivers } from "./sockets.js";
import { unlessReset } from "./unless-reset.js";

/** Entries that wait at most to be put into the table. */
const mostQueued = 200_000;
/** Entries that are put in at once. */
const batch = 2000;
/** Milliseconds between two looks for servers that were not known, and at backup_only. */
const lookPeriod = 1000;

export interface BackupCounters extends SyncInserted {
  /** Datagrams that came, and entries in them. */
  messages: number;
  entries: number;
  /** Entries that can't be. */
  refused: number;
  /** Entries for which there was no time. */
  overrun: number;
  /** Datagrams that were dropped, or whose rest was, by why. */
  faults: Partial<Record<SyncFault, number>>;
}

/** Takes what other directors tell into a table. */
export class SyncBackup {
  readonly counters: BackupCounters = {
    messages: 0,
    entries: 0,
    refused: 0,
    overrun: 0,
    faults: {},
    made: 0,
    updated: 0,
    ignored: 0,
    unbound: 0,
    full: 0,
  };
  readonly #syncId: number;
  readonly #sockets: readonly Socket[];
  readonly #table: () => SyncTable | undefined;
  readonly #timer: NodeJS.Timeout;
  #queue: SyncEntry[] = [];
  #scheduled = false;

  private constructor(
    { syncId }: SyncSettings,
    sockets: readonly Socket[],
    table: () => SyncTable | undefined,
  ) {
    this.#syncId = syncId;
    this.#sockets = sockets;
    this.#table = table;
    for (const socket of sockets) socket.on("message", (bytes) => this.take(bytes));
    this.#timer = setInterval(() => this.#lookAfter(), lookPeriod);
    this.#lookAfter();
  }

  /** @param table the one that there is now; it may be another one after the director was reset */
  static async start(settings: SyncSettings, table: () => SyncTable | undefined): Promise<SyncBackup> {
    return new SyncBackup(settings, await openReceivers(settings), table);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#table()?.standBy(false);
    for (const socket of this.#sockets) socket.close();
    this.#queue = [];
  }

  /** Takes a datagram, or a message of the whole table. */
  take(bytes: Uint8Array): void {
    const { counters } = this;
    const { entries, fault, refused } = readSyncMessage(bytes, this.#syncId);
    counters.messages++;
    counters.refused += refused;
    if (fault !== undefined) counters.faults[fault] = (counters.faults[fault] ?? 0) + 1;
    counters.entries += entries.length;
    for (const entry of entries)
      if (this.#queue.length < mostQueued) this.#queue.push(entry);
      else counters.overrun++;
    this.#goOn();
  }

  /** How many entries wait to be put into the table. */
  get queued(): number {
    return this.#queue.length;
  }

  #goOn(): void {
    if (this.#scheduled || this.#queue.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const now = this.#queue.length <= batch ? this.#queue : this.#queue.slice(0, batch);
      this.#queue = now === this.#queue ? [] : this.#queue.slice(batch);
      this.#put(now);
      this.#goOn();
    });
  }

  #put(entries: readonly SyncEntry[]): void {
    const table = this.#table();
    if (!table) return;
    const { counters } = this;
    const sum = unlessReset(() => table.insert(entries));
    if (sum === undefined) return;
    for (const name of Object.keys(sum) as (keyof SyncInserted)[]) counters[name] += sum[name];
  }

  /** Finds servers that were not known; with backup_only nothing is directed as long as this runs. */
  #lookAfter(): void {
    const table = this.#table();
    if (!table) return;
    unlessReset(() => table.bind());
    table.standBy(table.tunable("backup_only") !== 0);
  }
}
