import { randomBytes } from "node:crypto";
import { existsSync, rmSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { MapDeclaration, PlainStruct } from "../../asm/index.js";
import {
  type BpfMap,
  createMap,
  listPins,
  makePinFolder,
  mapSpecOf,
  openPinnedMap,
  pinFolder,
  removePins,
} from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import { IpvsError } from "../../ipvs/errors.js";
import { defaultTunables } from "../../ipvs/tunables.js";
import { type FolderLock, lockFolder, networkNamespaceCookie, SystemError } from "../../sys/index.js";
import { detach } from "./attached.js";
import { clientWays } from "./client-ways.js";
import { collectDeadNamespaces } from "./collect.js";
import { readConnections } from "./connections.js";
import type { HostNetwork } from "./host-network.js";
import { icmpLimits } from "./icmp-limit.js";
import { icmpQuotes } from "./icmp-room.js";
import {
  entriesPerBucket,
  layoutVersion,
  Server,
  Service,
  Settings,
  seconds,
  tickShift,
  ticks,
} from "./layout.js";
import {
  allowance,
  attempts,
  capacity,
  destinations,
  fragments,
  lists,
  noDestination,
  rates,
  servers,
  serviceIndex,
  services,
  settings,
  statistics,
  sweep,
} from "./maps.js";
import type { MarkMemory } from "./mark-rules.js";
import { marks } from "./marks.js";
import { mend } from "./mend.js";
import { captured, captures } from "./recorder.js";
import { requireKernel } from "./require-kernel.js";
import { sctpTableBytes, sctpTables } from "./sctp-checksum.js";
import { SharedRecords } from "./shared-records.js";
import { startSweeper } from "./start-sweeper.js";
import { type TableShape, tableNames } from "./table.js";
import { createTable, forgetTables, openTables, pinTable, shapeOf, tablesOf } from "./table-maps.js";
import { sctpEvent, timeoutTable, transitionTable } from "./transitions.js";

/** Buckets of a new connection table: 65 536 entries, 4 MiB. */
const defaultBuckets = 16384;

/** What there is beside the settings and the connection table. */
const sharedMaps = [
  services,
  servers,
  lists,
  serviceIndex,
  destinations,
  noDestination,
  fragments,
  statistics,
  rates,
  allowance,
  attempts,
  sweep,
  marks,
  sctpTables,
  clientWays,
  icmpLimits,
  icmpQuotes,
  captures,
  captured,
];

/** The maps of a network namespace, by name. */
export type Maps = Readonly<Record<string, BpfMap>>;

/** The connection table that a program is to know: its shape, and the maps with those of it among them. */
export interface KnownTable {
  readonly shape: TableShape;
  readonly maps: Maps;
}

/** The state of the director in one network namespace: the kernel's pinned maps, mapped into this process. */
export class DirectorState {
  readonly folder: string;
  /** Those of the connection table change when it grows: {@link refresh}. */
  readonly maps: Maps;
  readonly settings: PlainStruct<(typeof Settings)["shape"]>;
  readonly settingsMemory: Uint8Array;
  readonly services: SharedRecords<(typeof Service)["shape"]>;
  readonly servers: SharedRecords<(typeof Server)["shape"]>;
  /** Server lists, a word each. */
  readonly lists: DataView;
  /** Rates of servers, one behind the other. */
  readonly rates: DataView;

  /** The mark rules and which of them count. */
  readonly marks: MarkMemory;

  /** Whether what was remembered of the records still holds (see RecordIndex): nobody else has changed them since. */
  isUnchanged = false;
  #lastChange = -1;
  #isHeld = false;
  /** The inode of the settings' pin, once it is known to be that of ours. */
  #pin: number | undefined;
  /** The memory of the maps of the connection table, as far as it was read. */
  readonly #tableMemory = new Map<BpfMap, Uint8Array>();
  /** The settings' `tables` when the maps of the connection table were opened. */
  #tables: number | undefined;

  private constructor(folder: string, maps: Maps) {
    this.folder = folder;
    this.maps = maps;
    const memory = (map: MapDeclaration) => maps[map.name]!.memory({ write: true }).bytes;
    this.settingsMemory = memory(settings);
    this.settings = Settings.over(this.settingsMemory);
    if (this.settings.layoutVersion !== layoutVersion)
      throw new RondoError(
        "other-layout",
        `the director's state in this network namespace was made by another version of rondo (layout ${this.settings.layoutVersion}, this one is ${layoutVersion})`,
        {
          remedy: "Save the rules with the other version, run its `rondo director reset`, and restore them.",
        },
      );
    this.services = new SharedRecords(Service, memory(services), capacity.services);
    this.servers = new SharedRecords(Server, memory(servers), capacity.servers);
    const view = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
      new DataView(buffer, byteOffset, byteLength);
    this.lists = view(memory(lists));
    this.rates = view(memory(rates));
    this.marks = { bytes: memory(marks), settings: this.settings };
  }

  /** The state of the caller's network namespace, if there is any. */
  static open(): DirectorState | undefined {
    const folder = pinFolder();
    const whole = join(folder, settings.name);
    if (!existsSync(whole)) return undefined;
    const names = [settings, ...sharedMaps].map(({ name }) => name);
    const maps: Record<string, BpfMap> = {};
    try {
      for (const name of names) maps[name] = openPinnedMap(join(folder, name));
      const state = new DirectorState(folder, maps);
      state.refresh();
      return state;
    } catch (error) {
      for (const map of Object.values(maps)) map.close();
      if (!existsSync(whole)) return undefined; // Somebody has reset it meanwhile.
      throw error;
    }
  }

  /**
   * The state of the caller's network namespace, made if there is none: the maps, and the sweeper's timer. It is whole as
   * soon as the settings are pinned, which comes last.
   */
  static openOrCreate(buckets: number = defaultBuckets): DirectorState {
    requireKernel();
    const existing = DirectorState.open();
    if (existing) return existing;
    collectDeadNamespaces();
    for (;;) {
      const folder = makePinFolder();
      const lock = lockIfThere(folder);
      if (!lock) continue; // Somebody has reset it meanwhile.
      try {
        return DirectorState.open() ?? DirectorState.#create(folder, buckets);
      } finally {
        lock.release();
      }
    }
  }

  static #create(folder: string, buckets: number): DirectorState {
    // What somebody left who was killed in here, or while he took all away.
    for (const name of listPins(folder)) unlinkSync(join(folder, name));
    const declared = [...sharedMaps, settings];
    const maps = Object.fromEntries(declared.map((map) => [map.name, createMap(mapSpecOf(map))]));
    const table = createTable(buckets);
    maps[tableNames.current] = table;
    const memory = maps[settings.name]!.memory({ write: true });
    const fresh = Settings.over(memory.bytes);
    const random = randomBytes(24);
    fresh.layoutVersion = layoutVersion;
    fresh.secrets = [
      random.readBigUInt64LE(0),
      random.readBigUInt64LE(8) | 1n,
      random.readBigUInt64LE(16) | 1n,
    ];
    fresh.timeouts = timeoutTable().map(ticks);
    fresh.transitions = [...transitionTable()];
    fresh.sctpEvents = [...sctpEvent];
    maps[sctpTables.name]!.memory({ write: true }).bytes.set(sctpTableBytes());
    fresh.listCursor = 0;
    for (const [index, value] of defaultTunables().entries()) setTunable(memory.bytes, index, value);
    try {
      startSweeper({ shape: { buckets }, maps });
      pinTable(folder, table, 0);
      for (const { name } of declared) maps[name]!.pin(join(folder, name), { replace: true });
    } catch (error) {
      removePins(folder);
      throw error;
    }
    const state = new DirectorState(folder, maps);
    state.#tables = fresh.tables;
    return state;
  }

  /**
   * Holds the lock of those who write while `work` runs. What another one left half made, by a kill or by a failure, is
   * mended before.
   * @throws RondoError "state-gone" if the state has been reset since it was opened
   */
  locked<T>(work: () => T): T {
    const lock = this.#isHeld ? undefined : this.#lock();
    try {
      const halfMade = this.settings.changing !== 0;
      this.refresh();
      if (halfMade) {
        mend(this);
        forgetTables(this.folder, tablesOf(this.settings.tables));
      }
      if (halfMade || this.settings.changes !== this.#lastChange) this.isUnchanged = false;
      this.#lastChange = (this.settings.changes + 1) >>> 0;
      this.settings.changes = this.#lastChange;
      this.settings.changing = 1;
      try {
        const result = work();
        this.settings.changing = 0;
        return result;
      } catch (error) {
        if (isRefusal(error)) this.settings.changing = 0;
        throw error;
      }
    } finally {
      lock?.release();
    }
  }

  /**
   * Holds that lock until it is released, for all that comes in {@link locked} meanwhile.
   * @throws RondoError "state-gone"
   */
  hold(): FolderLock {
    const lock = this.#lock();
    this.#isHeld = true;
    return {
      release: () => {
        this.#isHeld = false;
        lock.release();
      },
    };
  }

  #lock(): FolderLock {
    const lock = lockIfThere(this.folder);
    let isOurs = false;
    try {
      isOurs = lock !== undefined && this.isCurrent();
    } finally {
      if (!isOurs) lock?.release();
    }
    if (lock && isOurs) return lock;
    throw new RondoError("state-gone", "the director was reset meanwhile", { remedy: "Try it again." });
  }

  /** Whether it is still the state of its network namespace: nobody has reset the director. */
  isCurrent(): boolean {
    const path = join(this.folder, settings.name);
    const pin = statSync(path, { throwIfNoEntry: false });
    if (!pin) return false;
    if (pin.ino === this.#pin) return true;
    const pinned = openPinnedMap(path);
    pinned.close();
    if (pinned.id !== this.maps[settings.name]!.id) return false;
    this.#pin = pin.ino;
    return true;
  }

  /** Opens the maps of the connection table anew if it has been replaced, or is being, since they were opened. */
  refresh(): void {
    for (let number = this.settings.tables; number !== this.#tables; number = this.settings.tables) {
      let opened: Record<string, BpfMap>;
      try {
        opened = openTables(this.folder, tablesOf(number));
      } catch (error) {
        if (number !== this.settings.tables) continue; // It was replaced once more.
        throw error;
      }
      const maps = this.maps as Record<string, BpfMap>;
      for (const name of Object.values(tableNames)) {
        maps[name]?.close();
        delete maps[name];
      }
      // Who is reading their memory goes on: it stays as long as this process.
      this.#tableMemory.clear();
      Object.assign(maps, opened);
      this.#tables = number;
    }
  }

  /** The memory of a map of the connection table, to be read. */
  tableMemory(map: BpfMap): Uint8Array {
    let bytes = this.#tableMemory.get(map);
    if (!bytes) this.#tableMemory.set(map, (bytes = map.memory().bytes));
    return bytes;
  }

  /** What programs have to know of the connection table. */
  get tableShape(): TableShape {
    this.refresh();
    return shapeOf(this.maps, tablesOf(this.#tables!));
  }

  /** The connection table that programs which are loaded now have to know. */
  get knownTable(): KnownTable {
    return { shape: this.tableShape, maps: this.maps };
  }

  /** How many entries the connection table has, how many connections are in it, and whether it is being replaced. */
  tableUse(): { entries: number; connections: number; growing: boolean } {
    let connections = 0;
    for (const _ of readConnections(this)) connections++;
    const { buckets, former } = this.tableShape;
    return { entries: buckets * entriesPerBucket, connections, growing: former !== undefined };
  }

  close(): void {
    for (const map of Object.values(this.maps)) map.close();
  }
}

/**
 * Takes away all that the director of the caller's network namespace has, whatever version made it: programs, maps, its timer.
 * Links end with their pins. A clsact qdisc's filters don't: they are taken away if `host` is given, or go with the namespace.
 */
export function resetDirector(host?: HostNetwork, cookie: bigint = networkNamespaceCookie()): void {
  const folder = pinFolder(cookie);
  const lock = lockIfThere(folder);
  try {
    for (const link of host?.network.links.list() ?? [])
      for (const side of ["egress", "ingress"] as const) detach({ folder }, host!, link, side);
    // The settings first: without them there is no state, whatever else is left.
    rmSync(join(folder, settings.name), { force: true });
    removePins(folder);
  } finally {
    lock?.release();
  }
}

/** The lock of a folder, or undefined if that is not there. */
function lockIfThere(folder: string): FolderLock | undefined {
  try {
    return lockFolder(folder);
  } catch (error) {
    if (SystemError.is(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Whether a change was refused before anything was stored for it. What finds no room has begun already. */
const isRefusal = (error: unknown) => error instanceof IpvsError && error.refusal !== "memory";

/** Stores a tunable's value: one word, which packet programs may read meanwhile. */
export function setTunable(settings: Uint8Array, index: number, value: number): void {
  const at = Settings.offsetOf("tunables") + 4 * index;
  new DataView(settings.buffer, settings.byteOffset, settings.byteLength).setUint32(at, value, true);
}

/** The time in ticks, as packet programs count it. */
export const tickNow = (): number => Number((process.hrtime.bigint() >> BigInt(tickShift)) & 0xffff_ffffn);
/** Seconds from one tick to another, negative if it was before. */
export const secondsBetween = (from: number, to: number): number => seconds((to - from) | 0);
