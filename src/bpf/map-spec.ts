import { readFileSync } from "node:fs";

/** Numbers of enum bpf_map_type (include/uapi/linux/bpf.h). */
export const mapTypes = {
  hash: 1,
  array: 2,
  prog_array: 3,
  percpu_hash: 5,
  percpu_array: 6,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  array_of_maps: 12,
  hash_of_maps: 13,
  devmap: 14,
  cpumap: 16,
  xskmap: 17,
  queue: 22,
  stack: 23,
  devmap_hash: 25,
  ring_buffer: 27,
} as const;

export type MapType = keyof typeof mapTypes;

const BPF_F_NO_PREALLOC = 1 << 0;
const BPF_F_RDONLY_PROG = 1 << 7;
export const BPF_F_MMAPABLE = 1 << 10;

/** A map as it shall be. Sizes in bytes; a ring buffer has sizes 0 and its bytes (a power of two) as `maxEntries`. */
export interface MapSpec {
  readonly name: string;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: {
    /** An array that {@link BpfMap.memory} can map. */
    readonly mmapable?: boolean;
    /** A hash whose entries are allocated when they come. */
    readonly noPrealloc?: boolean;
    /** Programs only read it. */
    readonly readOnlyProgram?: boolean;
  };
  /** Types of key and value (a map with a timer needs them); 0: no type. */
  readonly btf?: { readonly bytes: Uint8Array; readonly keyType: number; readonly valueType: number };
}

/** The number of the map flags. */
export function flagBits(flags: MapSpec["flags"] = {}): number {
  return (
    (flags.mmapable ? BPF_F_MMAPABLE : 0) |
    (flags.noPrealloc ? BPF_F_NO_PREALLOC : 0) |
    (flags.readOnlyProgram ? BPF_F_RDONLY_PROG : 0)
  );
}

/** {@link flagBits} the other way. */
export function flagsOf(bits: number): NonNullable<MapSpec["flags"]> {
  return {
    ...(bits & BPF_F_MMAPABLE && { mmapable: true }),
    ...(bits & BPF_F_NO_PREALLOC && { noPrealloc: true }),
    ...(bits & BPF_F_RDONLY_PROG && { readOnlyProgram: true }),
  };
}

/** What differs between a map and a spec, in words; empty if nothing. The name doesn't count. */
export function differences(have: MapSpec, want: MapSpec): string[] {
  const words: string[] = [];
  const compare = (what: string, one: unknown, other: unknown) => {
    if (one !== other) words.push(`${what} ${one} instead of ${other}`);
  };
  compare("type", have.type, want.type);
  compare("key size", have.keySize, want.keySize);
  compare("value size", have.valueSize, want.valueSize);
  compare("entries", have.maxEntries, want.maxEntries);
  compare("flags", flagBits(have.flags), flagBits(want.flags));
  return words;
}

/** Whether every CPU has its own value. */
export function isPerCpu(type: MapType): boolean {
  return type === "percpu_array" || type === "percpu_hash" || type === "lru_percpu_hash";
}

/** Array elements and per-CPU values take a multiple of eight bytes (kernel/bpf/arraymap.c). */
export function roundTo8(size: number): number {
  return (size + 7) & ~7;
}

let possible: number | undefined;

/** How many CPUs the machine can have: a per-CPU value has as many parts, whether they are there or not. */
export function possibleCpus(): number {
  possible ??= countCpus(readFileSync("/sys/devices/system/cpu/possible", "latin1"));
  return possible;
}

/** Counts a list as the kernel writes it: "0-3,8" has five. */
export function countCpus(list: string): number {
  return list
    .trim()
    .split(",")
    .map((range) => range.split("-").map(Number))
    .reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
}
