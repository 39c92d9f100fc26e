import type { Socket } from "node:dgram";
import { type SyncEntry, SyncMessageWriter, type SyncTable } from "../ipvs/sync/index.js";
import type { SyncSettings } from "./settings.js";
import { openSender, scoped } from "./sockets.js";
import { unlessReset } from "./unless-reset.js";

/** Milliseconds between two looks through the table, at least; a look that takes long has ten times as long until the next. */
const period = 100;
/** Datagrams that one look sends at most: 7.5 MB a second. What is left waits in the table. */
const mostDatagrams = 512;

export interface MasterCounters {
  /** Datagrams and entries that were sent. */
  messages: number;
  entries: number;
  /** Datagrams that the system didn't take. */
  failed: number;
  /** Entries that wait now, because more came than may be sent. */
  waiting: number;
  /** Entries that waited, and were gone before anybody was told. */
  lost: number;
}

/** Tells other directors of the connections of a table. */
export class SyncMaster {
  readonly counters: MasterCounters = { messages: 0, entries: 0, failed: 0, waiting: 0, lost: 0 };
  readonly #settings: SyncSettings;
  readonly #socket: Socket;
  readonly #writers: readonly SyncMessageWriter[];
  readonly #table: () => SyncTable | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(settings: SyncSettings, socket: Socket, table: () => SyncTable | undefined) {
    this.#settings = settings;
    this.#socket = socket;
    this.#table = table;
    const { syncId, maxLength, ports } = settings;
    this.#writers = Array.from({ length: ports }, () => new SyncMessageWriter(syncId, maxLength));
    this.#timer = setTimeout(() => this.#turn(), period);
  }

  /** @param table the one that there is now; it may be another one after the director was reset */
  static async start(settings: SyncSettings, table: () => SyncTable | undefined): Promise<SyncMaster> {
    return new SyncMaster(settings, await openSender(settings), table);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket.close();
  }

  #turn(): void {
    const began = performance.now();
    const table = this.#table();
    if (table) unlessReset(() => this.#look(table));
    const took = performance.now() - began;
    this.#timer = setTimeout(() => this.#turn(), Math.max(period, 10 * took));
  }

  #look(table: SyncTable): void {
    const most = Math.min(mostDatagrams, table.tunable("sync_qlen_max") || mostDatagrams);
    const before = this.counters.messages;
    const { told, waiting, lost } = table.look((entry) => {
      if (this.counters.messages - before >= most) return false;
      const which = this.#portOf(entry);
      const full = (this.#writers[which] as SyncMessageWriter).add(entry);
      if (full) this.#send(full, which);
      return true;
    });
    for (const [which, writer] of this.#writers.entries()) {
      const last = writer.take();
      if (last) this.#send(last, which);
    }
    this.counters.entries += told;
    this.counters.waiting = waiting;
    this.counters.lost += lost;
  }

  /** All that is told of a connection goes by one port, in its order. */
  #portOf({ client }: SyncEntry): number {
    const last = client.address.words.at(-1) as number;
    return ((last ^ client.port) >>> 0) % this.#writers.length;
  }

  #send(datagram: Uint8Array, which: number): void {
    const { group, port } = this.#settings;
    this.counters.messages++;
    this.#socket.send(datagram, port + which, scoped(group.toString(), this.#settings), (error) => {
      if (error) this.counters.failed++;
    });
  }
}
