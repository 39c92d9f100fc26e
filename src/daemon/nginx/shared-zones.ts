import type { SharedZone, ZoneSpec, ZoneStore } from "../../nginx/zones/zone-store.js";
import { close, type MappedMemory, mapMemory, memoryFile } from "../../sys/index.js";
import { StartFailure } from "./failure.js";

/** A zone's memory as it is handed to a worker: what it is for, its bytes, and the descriptor. */
export type GivenZone = readonly [id: string, bytes: number, fd: number];

interface Held {
  readonly spec: ZoneSpec;
  readonly fd: number;
  readonly memory: MappedMemory;
}

/**
 * The zones of a configuration, in files that are only in memory: a master makes them and hands their descriptors to its workers. Those that may
 * be kept are taken over from the configuration before, which has them, too, until it is {@link replaced}.
 */
export class SharedZones implements ZoneStore {
  readonly slot = 0;
  /** The master asks nobody; a process that serves by itself does. */
  readonly isFirst: boolean;
  readonly #before: SharedZones | undefined;
  readonly #held = new Map<string, Held>();
  readonly #zones: { readonly name: string; readonly zone: SharedZone }[] = [];

  constructor({ before, isFirst }: { before: SharedZones | undefined; isFirst: boolean }) {
    this.#before = before;
    this.isFirst = isFirst;
  }

  /** @throws StartFailure where it would be kept, but is about something else now */
  take<Zone extends SharedZone>(spec: ZoneSpec, make: (memory: ArrayBufferLike) => Zone): Zone {
    const held = this.#kept(spec) ?? made(spec);
    this.#held.set(spec.id, { ...held, spec });
    const zone = make(held.memory.bytes.buffer);
    this.#zones.push({ name: spec.name, zone });
    return zone;
  }

  get given(): GivenZone[] {
    return [...this.#held].map(([id, { spec, fd }]) => [id, spec.bytes, fd]);
  }

  /** A worker has ended: the names of zones that it died in the middle of. */
  takeOver(pid: number): string[] {
    return this.#zones.filter(({ zone }) => zone.takeOver(pid)).map(({ name }) => name);
  }

  /** All give back what the worker of a slot had, which has ended; false: it is to be tried again. */
  giveBack(slot: number): boolean {
    return this.#zones.map(({ zone }) => zone.giveBack(slot)).every((done) => done);
  }

  /** Closes what another configuration hasn't taken over. The memory stays as long as a process has it. */
  replaced(by: SharedZones | undefined): void {
    for (const [id, { fd }] of this.#held) if (by === undefined || by.#held.get(id)?.fd !== fd) close(fd);
    this.#held.clear();
  }

  /** Closes what it hasn't taken over: it isn't used. */
  dropped(): void {
    this.replaced(this.#before);
  }

  #kept(spec: ZoneSpec): Held | undefined {
    if (!spec.isKept || this.#before === undefined) return undefined;
    const before = this.#before.#held.get(spec.id);
    if (before !== undefined && before.spec.key !== spec.key)
      throw new StartFailure(spec.conflict?.(before.spec.key ?? "") ?? `zone ${spec.name} is another one`);
    return before;
  }
}

function made(spec: ZoneSpec): Held {
  const fd = memoryFile(`nginx ${spec.id}`.slice(0, 100), spec.bytes);
  return { spec, fd, memory: mapMemory(fd, spec.bytes, { write: true }) };
}

/** The zones that a worker was handed. */
export class WorkerZones implements ZoneStore {
  readonly slot: number;
  readonly isFirst: boolean;
  readonly #given: ReadonlyMap<string, GivenZone>;

  constructor(given: readonly GivenZone[], slot: number, isFirst: boolean) {
    this.#given = new Map(given.map((zone) => [zone[0], zone]));
    this.slot = slot;
    this.isFirst = isFirst;
  }

  take<Zone extends SharedZone>({ id }: ZoneSpec, make: (memory: ArrayBufferLike) => Zone): Zone {
    const given = this.#given.get(id);
    if (given === undefined) throw new StartFailure(`zone ${id} wasn't handed over`);
    const [, bytes, fd] = given;
    const memory = mapMemory(fd, bytes, { write: true });
    close(fd);
    return make(memory.bytes.buffer);
  }
}
