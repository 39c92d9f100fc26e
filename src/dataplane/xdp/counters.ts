import { type Counters, noCounters } from "../../ipvs/model.js";
import { Server, Statistics } from "./layout.js";
import type { DirectorState } from "./state.js";

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

/** What all CPUs together counted for a server since its slot exists. */
export function counted(state: DirectorState, server: number): Counters {
  key.setUint32(0, server, true);
  const cpus = state.maps["statistics"]!.lookupPerCpu(keyBytes) ?? [];
  return cpus.reduce((all, bytes) => sum(all, Statistics.over(bytes)), noCounters);
}

const baselineOffset = Server.offsetOf("baseline");
const keyBytes = new Uint8Array(4);
const key = new DataView(keyBytes.buffer);

/** Whether so many bytes of memory (a multiple of four) are zero. */
export function isZero(memory: DataView, from: number, size: number): boolean {
  for (let at = from; at < from + size; at += 4) if (memory.getUint32(at, true) !== 0) return false;
  return true;
}

/** What `count` tells of a server, less what it was when that was zeroed. */
export function sinceZeroed(
  state: DirectorState,
  server: number,
  count: (server: number) => Counters,
): Counters {
  const counters = count(server);
  if (isZero(state.servers.view, server * Server.size + baselineOffset, Statistics.size)) return counters;
  return difference(counters, state.servers.at(server).baseline);
}

/** The same for the slots 0 … `count` - 1, in a few system calls: of a slot it gives the counters. */
export function countedAll(state: DirectorState, count: number): (slot: number) => Counters {
  const width = Statistics.size / 8;
  const totals = new BigUint64Array(count * width);
  const hasCounted = new Uint8Array(count);
  let slot = 0;
  for (const { bytes, stride } of state.maps["statistics"]!.perCpuParts(0, count)) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let at = 0; at < words.length; at += stride / 4) {
      for (let i = 0; i < width; i++) {
        const [low, high] = [words[at + 2 * i]!, words[at + 2 * i + 1]!];
        // Most are zero, and numbers of 64 bits are slow.
        if ((low | high) === 0) continue;
        totals[slot * width + i]! += (BigInt(high) << 32n) | BigInt(low);
        hasCounted[slot] = 1;
      }
    }
    slot++;
  }
  return (slot) => {
    if (slot >= count || hasCounted[slot] === 0) return noCounters;
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
