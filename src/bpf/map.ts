import { RondoError } from "../errors.js";
import { close, Errno, type MappedMemory, mapMemory, SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import { readEntries } from "./batch.js";
import { loadBtf } from "./btf.js";
import {
  differences,
  flagBits,
  flagsOf,
  isPerCpu,
  type MapSpec,
  type MapType,
  mapTypes,
  possibleCpus,
  roundTo8,
} from "./map-spec.js";
import { KernelObject, nameAt, objectInfo, openPin } from "./object.js";

/** "new": only if the key is not there; "existing": only if it is. */
export type UpdateMode = "any" | "new" | "existing";
const updateFlags = { any: 0, new: 1, existing: 2 } as const;

/** What a map refuses as an answer, not as a failure: no such key, and a key there already. */
const absent = -Errno["ENOENT"]!;
const present = -Errno["EEXIST"]!;

/**
 * A map in the kernel. Keys and values are bytes of exactly the map's sizes, copied at every call. A look-up is one
 * system call; of an mmapable array {@link memory} needs none.
 */
export class BpfMap extends KernelObject {
  /** The map's shape as the kernel has it (without BTF). */
  readonly spec: MapSpec;
  /** The kernel's number of this map. */
  readonly id: number;
  // struct { u32 map_fd; u64 key at 8; u64 value or next_key at 16; u64 flags at 24 }, filled once and used again.
  readonly #attribute: Attribute;
  /** The same without what deletion doesn't know, which must be zero. */
  readonly #deletion: Attribute;
  readonly #key: Buffer;
  readonly #value: Buffer;

  /** @internal Use {@link createMap} or {@link openPinnedMap}. */
  constructor(fd: number) {
    super(fd);
    const info = objectInfo(fd);
    this.id = info.readUInt32LE(4);
    this.spec = specFrom(info);
    this.#key = Buffer.alloc(this.spec.keySize);
    this.#value = Buffer.alloc(isPerCpu(this.spec.type) ? this.perCpuSize : this.spec.valueSize);
    this.#attribute = new Attribute(32).u32(0, fd).pointer(8, this.#key).pointer(16, this.#value);
    this.#deletion = new Attribute(16).pointer(8, this.#key);
  }

  /** Bytes from one array element, or one CPU's value, to the next. */
  get elementSize(): number {
    return roundTo8(this.spec.valueSize);
  }

  /** @internal Bytes of a per-CPU value, all CPUs together. */
  get perCpuSize(): number {
    return this.elementSize * possibleCpus();
  }

  /** The value under a key, in `into` if that is given; undefined if there is none. */
  lookup(key: Uint8Array, into?: Uint8Array): Uint8Array | undefined {
    this.#refusePerCpu("lookupPerCpu");
    if (!this.#find(key)) return undefined;
    const value = into ?? new Uint8Array(this.spec.valueSize);
    value.set(this.#value);
    return value;
  }

  /** @internal As {@link lookup}, of a per-CPU map all CPUs' parts together. */
  lookupRaw(key: Uint8Array): Uint8Array | undefined {
    return this.#find(key) ? Uint8Array.from(this.#value) : undefined;
  }

  /** Of a per-CPU map: each possible CPU's value under a key, by the CPU's number. */
  lookupPerCpu(key: Uint8Array): Uint8Array[] | undefined {
    this.#wantPerCpu();
    return this.#find(key) ? this.splitPerCpu(this.#value) : undefined;
  }

  /** Writes a value. False if `mode` forbids it: the key is there already ("new"), or is not ("existing"). */
  update(key: Uint8Array, value: Uint8Array, mode: UpdateMode = "any"): boolean {
    this.#refusePerCpu("updatePerCpu");
    this.#wantSize("value", value, this.spec.valueSize);
    this.#value.set(value);
    return this.#write(key, mode);
  }

  /** Of a per-CPU map: writes one value for each possible CPU. */
  updatePerCpu(key: Uint8Array, values: readonly Uint8Array[], mode: UpdateMode = "any"): boolean {
    this.#wantPerCpu();
    if (values.length !== possibleCpus())
      throw new RondoError("value-size", `${this}: ${values.length} values for ${possibleCpus()} CPUs`);
    this.#value.fill(0);
    for (const [cpu, value] of values.entries()) {
      this.#wantSize("value", value, this.spec.valueSize);
      this.#value.set(value, cpu * this.elementSize);
    }
    return this.#write(key, mode);
  }

  /** Deletes what is under a key; false if nothing was. Elements of an array can't be deleted (EINVAL). */
  delete(key: Uint8Array): boolean {
    this.#setKey(key);
    const result = this.#deletion.u32(0, this.fd).try("BPF_MAP_DELETE_ELEM");
    if (result < 0 && result !== absent) throw this.#failure("BPF_MAP_DELETE_ELEM", result);
    return result >= 0;
  }

  /** All keys. What comes or goes meanwhile may be seen or not; what stays is seen at least once. */
  *keys(): Generator<Uint8Array> {
    for (const [key] of readEntries(this)) yield key;
  }

  /** All keys and values (of a per-CPU map, see {@link perCpuEntries}), many per system call. As {@link keys} says. */
  *entries(): Generator<[key: Uint8Array, value: Uint8Array]> {
    this.#refusePerCpu("perCpuEntries");
    yield* readEntries(this);
  }

  /** Of a per-CPU map: all keys with each CPU's value, many per system call. */
  *perCpuEntries(): Generator<[key: Uint8Array, values: Uint8Array[]]> {
    this.#wantPerCpu();
    for (const [key, value] of readEntries(this)) yield [key, this.splitPerCpu(value)];
  }

  /** Of a per-CPU array: the values of `count` elements from `first` on, one system call for all where possible. */
  perCpuRange(first: number, count: number): Uint8Array[][] {
    this.#wantPerCpu();
    if (this.spec.type !== "percpu_array") throw new RondoError("map-type", `${this} is no per-CPU array`);
    const last = Math.min(first + count, this.spec.maxEntries);
    const values: Uint8Array[][] = [];
    for (const [, value] of readEntries(this, { first, count: last - first }))
      values.push(this.splitPerCpu(value));
    return values;
  }

  /**
   * As {@link perCpuRange}, one element after the other and without copies: each CPU's value, `stride` bytes from one to the
   * next. What is given holds until the next.
   */
  *perCpuParts(first: number, count: number): Generator<{ bytes: Uint8Array; stride: number }> {
    this.#wantPerCpu();
    if (this.spec.type !== "percpu_array") throw new RondoError("map-type", `${this} is no per-CPU array`);
    const last = Math.min(first + count, this.spec.maxEntries);
    const stride = this.elementSize;
    for (const [, bytes] of readEntries(this, { first, count: last - first })) yield { bytes, stride };
  }

  /** The memory of an mmapable array: element i begins at i × {@link elementSize}. Unmap it when it is done with. */
  memory(options: { write?: boolean } = {}): MappedMemory {
    if (!this.spec.flags?.mmapable) throw new RondoError("map-type", `${this} is not mmapable`);
    return mapMemory(this.fd, this.elementSize * this.spec.maxEntries, options);
  }

  /** @internal The parts of a per-CPU value, copied. */
  splitPerCpu(value: Uint8Array): Uint8Array[] {
    return Array.from({ length: possibleCpus() }, (_, cpu) => {
      const start = cpu * this.elementSize;
      return value.slice(start, start + this.spec.valueSize);
    });
  }

  /** The key after `key`, or the first one; undefined after the last. */
  nextKey(key?: Uint8Array): Uint8Array | undefined {
    const next = Buffer.alloc(this.spec.keySize);
    const attribute = new Attribute(32).u32(0, this.fd).pointer(16, next);
    if (key) attribute.pointer(8, key);
    const result = attribute.try("BPF_MAP_GET_NEXT_KEY");
    if (result === absent) return undefined;
    if (result < 0) throw this.#failure("BPF_MAP_GET_NEXT_KEY", result);
    return next;
  }

  override toString(): string {
    return `map "${this.spec.name}"`;
  }

  #find(key: Uint8Array): boolean {
    this.#setKey(key);
    const result = this.#attribute.u32(0, this.fd).u32(24, 0).try("BPF_MAP_LOOKUP_ELEM");
    if (result < 0 && result !== absent) throw this.#failure("BPF_MAP_LOOKUP_ELEM", result);
    return result >= 0;
  }

  #write(key: Uint8Array, mode: UpdateMode): boolean {
    this.#setKey(key);
    const result = this.#attribute.u32(0, this.fd).u32(24, updateFlags[mode]).try("BPF_MAP_UPDATE_ELEM");
    if (result >= 0) return true;
    if (mode === "new" && result === present) return false;
    if (mode === "existing" && result === absent) return false;
    throw this.#failure("BPF_MAP_UPDATE_ELEM", result);
  }

  #setKey(key: Uint8Array): void {
    this.#wantSize("key", key, this.spec.keySize);
    this.#key.set(key);
  }

  #wantSize(what: string, bytes: Uint8Array, size: number): void {
    if (bytes.length !== size)
      throw new RondoError(`${what}-size`, `${this}: a ${what} has ${size} bytes, not ${bytes.length}`);
  }

  #refusePerCpu(instead: string): void {
    if (isPerCpu(this.spec.type))
      throw new RondoError("map-type", `${this} has a value per CPU: use ${instead}()`);
  }

  #wantPerCpu(): void {
    if (!isPerCpu(this.spec.type)) throw new RondoError("map-type", `${this} is no per-CPU map`);
  }

  #failure(call: string, result: number): SystemError {
    return new SystemError(`bpf(${call}) of ${this}`, -result);
  }
}

/** Makes a map. @throws SystemError naming it */
export function createMap(spec: MapSpec): BpfMap {
  const btf = spec.btf && loadBtf(spec.btf.bytes);
  try {
    const attribute = new Attribute(72)
      .u32(0, mapTypes[spec.type])
      .u32(4, spec.keySize)
      .u32(8, spec.valueSize)
      .u32(12, spec.maxEntries)
      .u32(16, flagBits(spec.flags))
      .name(28, spec.name);
    if (spec.btf && btf !== undefined)
      attribute.u32(48, btf).u32(52, spec.btf.keyType).u32(56, spec.btf.valueType);
    const result = attribute.try("BPF_MAP_CREATE");
    if (result < 0) throw new SystemError(`bpf(BPF_MAP_CREATE) of map "${spec.name}"`, -result);
    return new BpfMap(result);
  } finally {
    if (btf !== undefined) close(btf); // The map holds it by itself.
  }
}

/**
 * The map pinned at a path. With `expected` it must be of that shape.
 * @throws RondoError "map-differs", saying in what
 */
export function openPinnedMap(path: string, expected?: MapSpec): BpfMap {
  const map = new BpfMap(openPin(path, "map"));
  const wrong = expected ? differences(map.spec, expected) : [];
  if (wrong.length === 0) return map;
  map.close();
  throw new RondoError("map-differs", `the map pinned at ${path} has ${wrong.join(", ")}`);
}

/**
 * From struct bpf_map_info: u32 type, id, key size, value size, entries, flags; char name[16].
 */
function specFrom(info: Buffer): MapSpec {
  const number = info.readUInt32LE(0);
  const type = (Object.keys(mapTypes) as MapType[]).find((name) => mapTypes[name] === number);
  if (!type) throw new RondoError("map-type", `this map is of a type that is not known here: ${number}`);
  return {
    name: nameAt(info, 24),
    type,
    keySize: info.readUInt32LE(8),
    valueSize: info.readUInt32LE(12),
    maxEntries: info.readUInt32LE(16),
    flags: flagsOf(info.readUInt32LE(20)),
  };
}
