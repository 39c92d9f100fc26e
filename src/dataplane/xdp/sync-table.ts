import { type BpfProgram, loadWritten, testRun } from "../../bpf/index.js";
import {
  type SyncEntry,
  SyncFlag,
  type SyncInserted,
  type SyncTable,
  type SyncTold,
} from "../../ipvs/sync/index.js";
import { defaultTunables, tunableNames } from "../../ipvs/tunables.js";
import { givenBy, givenSecrets } from "./given.js";
import { Entry, EntryFlag, seconds, templateFamily, ticks } from "./layout.js";
import { protocolNamed } from "./records.js";
import { DirectorState, tickNow } from "./state.js";
import { syncInserter, ToldEntry, ToldResult } from "./sync-insert.js";
import { SyncLook } from "./sync-look.js";
import { SyncServers } from "./sync-servers.js";
import { activeMark, timeoutIndexes } from "./transitions.js";

/** So many entries wait at most for a service or server that isn't there yet. */
const mostUnbound = 65_536;
/** Seconds that an entry lives whose message and state say nothing, as in the kernel. */
const usualTimeout = 180;
/** Seconds that one lives at most: ticks wrap. */
const longestTimeout = 30 * 86_400;

/** Seconds that a word to stand by holds: who gave it may be killed. */
const standByTime = 5;

interface Unbound {
  readonly entry: SyncEntry;
  /** performance.now() */
  readonly at: number;
}

/** The connection table of our packet program, as the sync daemon sees it. */
export class XdpSyncTable implements SyncTable {
  readonly #state: DirectorState;
  readonly #look: SyncLook;
  readonly #servers: SyncServers;
  readonly #unbound = new Map<string, Unbound>();
  readonly #task = new Uint8Array(ToldEntry.size);
  #inserter: { readonly program: BpfProgram; readonly tables: number } | undefined;

  constructor(state: DirectorState) {
    this.#state = state;
    this.#look = new SyncLook(state);
    this.#servers = new SyncServers(state);
  }

  look(tell: (entry: SyncEntry) => boolean): SyncTold {
    const rule = {
      threshold: this.tunable("sync_threshold"),
      period: this.tunable("sync_period"),
      refreshPeriod: this.tunable("sync_refresh_period"),
      onlyTemplates: this.tunable("sync_persist_mode") !== 0,
    };
    return this.#look.look(rule, tell);
  }

  all(): Iterable<SyncEntry> {
    return this.#look.all();
  }

  insert(entries: readonly SyncEntry[]): SyncInserted {
    const sum: SyncInserted = { made: 0, updated: 0, ignored: 0, unbound: 0, full: 0 };
    if (entries.length === 0) return sum;
    // The table isn't replaced meanwhile.
    const lock = this.#state.hold();
    try {
      const inserter = this.#program();
      for (const entry of entries) this.#insert(inserter, entry, entry.timeout, sum);
    } finally {
      lock.release();
    }
    return sum;
  }

  bind(): number {
    if (this.#unbound.size === 0 || !this.#servers.isOld) return this.#unbound.size;
    const waiting = [...this.#unbound.values()];
    this.#unbound.clear();
    const sum: SyncInserted = { made: 0, updated: 0, ignored: 0, unbound: 0, full: 0 };
    const lock = this.#state.hold();
    try {
      const inserter = this.#program();
      for (const each of waiting) {
        const left = this.#timeoutOf(each.entry) - (performance.now() - each.at) / 1000;
        if (left >= 1) this.#insert(inserter, each.entry, Math.floor(left), sum, each.at);
      }
    } finally {
      lock.release();
    }
    return this.#unbound.size;
  }

  isCurrent(): boolean {
    return this.#state.isCurrent();
  }

  tunable(name: string): number {
    const index = tunableNames.indexOf(name);
    return this.#state.settings.tunables[index] ?? defaultTunables()[index]!;
  }

  standBy(on: boolean): void {
    this.#state.settings.standBy = on ? (tickNow() + ticks(standByTime)) >>> 0 || 1 : 0;
  }

  close(): void {
    this.#inserter?.program.close();
    this.#state.close();
  }

  /** Loaded anew when the connection table was replaced. */
  #program(): BpfProgram {
    const { tables } = this.#state.settings;
    if (this.#inserter?.tables === tables) return this.#inserter.program;
    this.#inserter?.program.close();
    this.#inserter = undefined;
    const shape = this.#state.tableShape;
    const program = loadWritten(syncInserter(shape, givenSecrets), this.#state.maps, {
      given: givenBy(this.#state),
      madeOf: shape,
    });
    this.#inserter = { program, tables };
    return program;
  }

  #insert(
    inserter: BpfProgram,
    entry: SyncEntry,
    timeout: number,
    sum: SyncInserted,
    since = performance.now(),
  ): void {
    const server = this.#servers.find(entry);
    if (server === undefined) {
      if (this.#unbound.size < mostUnbound) this.#unbound.set(keyOf(entry), { entry, at: since });
      sum.unbound++;
      return;
    }
    this.#fill(entry, server, timeout === 0 ? this.#timeoutOf(entry) : timeout);
    const { result } = ToldEntry.over(testRun(inserter, { packet: this.#task }).packet);
    if (result === ToldResult.made) sum.made++;
    else if (result === ToldResult.updated) sum.updated++;
    else if (result === ToldResult.full) sum.full++;
    else sum.ignored++;
  }

  #fill({ protocol, flags, state, client, virtual, server }: SyncEntry, slot: number, timeout: number): void {
    const template = (flags & SyncFlag.template) !== 0;
    const family = client.address.family;
    const bytes = this.#task;
    bytes.fill(0);
    const view = new DataView(bytes.buffer);
    const key = Entry.offsetOf("clientPort"); // the task begins with an entry's key
    view.setUint16(Entry.offsetOf("clientPort") - key, client.port);
    view.setUint16(Entry.offsetOf("virtualPort") - key, virtual.port);
    view.setUint8(Entry.offsetOf("protocol") - key, protocol);
    view.setUint8(Entry.offsetOf("family") - key, family + (template ? templateFamily : 0));
    const addresses = Entry.offsetOf("addresses") - key;
    bytes.set(client.address.bytes, addresses);
    bytes.set(virtual.address.bytes, addresses + client.address.bytes.length);
    const itsPort = this.#state.servers.at(slot).port;
    const samePort = !template && server.port === virtual.port && itsPort !== server.port;
    const put = (name: "server" | "rest" | "next" | "flags", value: number) =>
      view.setUint32(ToldEntry.offsetOf(name), value, true);
    put("server", slot);
    put("rest", ticks(Math.min(timeout, longestTimeout)));
    put("next", state | ((flags & SyncFlag.inactive) === 0 ? activeMark : 0));
    put("flags", (template ? EntryFlag.template : 0) | (samePort ? EntryFlag.samePort : 0));
    view.setUint16(ToldEntry.offsetOf("packets"), this.tunable("sync_threshold"), true);
  }

  #timeoutOf({ protocol, state, flags, timeout }: SyncEntry): number {
    if (timeout > 0) return timeout;
    const name = protocolNamed(protocol);
    if ((flags & SyncFlag.template) !== 0 || name === undefined) return usualTimeout;
    return seconds(this.#state.settings.timeouts[timeoutIndexes(name, state)[0]!]!);
  }
}

const keyOf = ({ protocol, flags, client, virtual }: SyncEntry): string =>
  `${protocol} ${flags & SyncFlag.template} ${client.address.words.join()} ${client.port} ${virtual.address.words.join()} ${virtual.port}`;

/** The connection table of the caller's network namespace for a sync daemon, which has to close it; undefined: there is no director. */
export function openSyncTable(): XdpSyncTable | undefined {
  const state = DirectorState.open();
  return state && new XdpSyncTable(state);
}
