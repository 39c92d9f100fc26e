import type { PlainStruct } from "../../asm/index.js";
import { type Counters, noCounters } from "../../ipvs/model.js";
import { Statistics } from "./layout.js";
import type { DirectorState } from "./state.js";

type PlainStatistics = PlainStruct<(typeof Statistics)["shape"]>;

const wrapped = (value: bigint) => BigInt.asUintN(64, value);

export const sum = (one: Counters, other: Counters): Counters => ({
  connections: wrapped(one.connections + other.connections),
  inPackets: wrapped(one.inPackets + other.inPackets),
  outPackets: wrapped(one.outPackets + other.outPackets),
  inBytes: wrapped(one.inBytes + other.inBytes),
  outBytes: wrapped(one.outBytes + other.outBytes),
});

export const difference = (one: Counters, other: Counters): Counters => ({
  connections: wrapped(one.connections - other.connections),
  inPackets: wrapped(one.inPackets - other.inPackets),
  outPackets: wrapped(one.outPackets - other.outPackets),
  inBytes: wrapped(one.inBytes - other.inBytes),
  outBytes: wrapped(one.outBytes - other.outBytes),
});

/** A copy of what stands in memory. */
export const copyOf = (from: PlainStatistics): Counters => sum(from, noCounters);

/** What all CPUs together counted for a server since its slot exists. */
export function counted(state: DirectorState, server: number): Counters {
  const [cpus] = state.maps["statistics"]!.perCpuRange(server, 1);
  return (cpus ?? []).map((bytes) => copyOf(Statistics.over(bytes))).reduce(sum, noCounters);
}

/** The same for the slots 0 … `count` - 1, in a few system calls: of a slot it gives the counters. */
export function countedAll(state: DirectorState, count: number): (slot: number) => Counters {
  const width = Statistics.size / 8;
  const totals = new BigUint64Array(count * width);
  let slot = 0;
  for (const cpus of state.maps["statistics"]!.perCpuParts(0, count)) {
    for (const part of cpus) {
      const view = new DataView(part.buffer, part.byteOffset, Statistics.size);
      for (let i = 0; i < width; i++) {
        const value = view.getBigUint64(8 * i, true);
        if (value !== 0n) totals[slot * width + i]! += value;
      }
    }
    slot++;
  }
  return (slot) => {
    if (slot >= count) return noCounters;
    const at = slot * width;
    return {
      connections: totals[at]!,
      inPackets: totals[at + 1]!,
      outPackets: totals[at + 2]!,
      inBytes: totals[at + 3]!,
      outBytes: totals[at + 4]!,
    };
  };
}
