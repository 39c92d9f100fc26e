import { Errno, SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import type { BpfMap } from "./map.js";
import { isPerCpu } from "./map-spec.js";

const batchEntries = 1024;
const absent = -Errno["ENOENT"]!;
const tooSmall = -Errno["ENOSPC"]!;
/** What kernels answer that have no batches for this type of map. */
const unsupported: readonly number[] = [-Errno["ENOTSUPP"]!, -Errno["EOPNOTSUPP"]!, -Errno["EINVAL"]!];

/** A part of an array: `count` elements from `first` on. */
interface Range {
  readonly first: number;
  readonly count: number;
}

/**
 * Reads keys and values, many per system call; one by one where the kernel has no batches for the type.
 *
 *     u64 in_batch | u64 out_batch | u64 keys | u64 values | u32 count | u32 map_fd | u64 elem_flags | u64 flags
 *     0              8               16         24           32          36           40               48
 *
 * in_batch and out_batch point to where a batch begins and the next one would: of an array the key before it, of a hash
 * the bucket's number (kernel/bpf/syscall.c, generic_map_lookup_batch; hashtab.c, __htab_map_lookup_and_delete_batch).
 */
export function* readEntries(map: BpfMap, range?: Range): Generator<[Uint8Array, Uint8Array]> {
  const { keySize, valueSize, maxEntries, type } = map.spec;
  const size = isPerCpu(type) ? map.perCpuSize : valueSize;
  let left = range ? Math.max(range.count, 0) : Number.POSITIVE_INFINITY;
  let place: Buffer | undefined;
  if (range && range.first > 0) place = keyOf(range.first - 1);
  let room = Math.max(1, Math.min(batchEntries, maxEntries, left));
  while (left > 0) {
    const keys = Buffer.alloc(room * keySize);
    const values = Buffer.alloc(room * size);
    const next = Buffer.alloc(Math.max(keySize, 4));
    const attribute = new Attribute(56)
      .pointer(8, next)
      .pointer(16, keys)
      .pointer(24, values)
      .u32(32, Math.min(room, left))
      .u32(36, map.fd);
    if (place) attribute.pointer(0, place);
    const result = attribute.try("BPF_MAP_LOOKUP_BATCH");
    if (result === tooSmall) {
      room *= 2; // A single bucket of the hash has more entries than there was room for.
      continue;
    }
    if (place === undefined && unsupported.includes(result)) return yield* oneByOne(map);
    if (place !== undefined && range && unsupported.includes(result)) return yield* elements(map, range);
    if (result < 0 && result !== absent)
      throw new SystemError(`bpf(BPF_MAP_LOOKUP_BATCH) of ${map}`, -result);
    const count = attribute.get(32);
    for (let i = 0; i < count; i++)
      yield [keys.subarray(i * keySize, (i + 1) * keySize), values.subarray(i * size, (i + 1) * size)];
    left -= count;
    if (result === absent) return;
    place = next;
  }
}

/** By BPF_MAP_GET_NEXT_KEY: the next key is asked for before the entry is given, so that whoever has it may delete it. */
function* oneByOne(map: BpfMap): Generator<[Uint8Array, Uint8Array]> {
  let key = map.nextKey();
  // A key that is deleted by somebody else sends the walk back to the beginning: no more steps than there can be keys.
  for (let step = 0; key && step < map.spec.maxEntries; step++) {
    const next = map.nextKey(key);
    const value = map.lookupRaw(key);
    if (value) yield [key, value];
    key = next;
  }
}

function* elements(map: BpfMap, range: Range): Generator<[Uint8Array, Uint8Array]> {
  for (let i = range.first; i < range.first + range.count; i++) {
    const value = map.lookupRaw(keyOf(i));
    if (value) yield [keyOf(i), value];
  }
}

function keyOf(index: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(index);
  return key;
}
