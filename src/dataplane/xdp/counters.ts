import type { PlainStruct } from "../../asm/index.js";
import { type Counters, noCounters } from "../../ipvs/model.js";
import { Statistics } from "./layout.js";
import type { DirectorState } from "./state.js";

export type PlainStatistics = PlainStruct<(typeof Statistics)["shape"]>;

const fields = ["connections", "inPackets", "outPackets", "inBytes", "outBytes"] as const;

const combined = (one: Counters, other: Counters, how: (a: bigint, b: bigint) => bigint): Counters =>
  Object.fromEntries(
    fields.map((field) => [field, BigInt.asUintN(64, how(one[field], other[field]))]),
  ) as unknown as Counters;

export const sum = (one: Counters, other: Counters): Counters => combined(one, other, (a, b) => a + b);
export const difference = (one: Counters, other: Counters): Counters => combined(one, other, (a, b) => a - b);

/** A copy of what stands in memory. */
export const copyOf = (from: PlainStatistics): Counters => combined(from, noCounters, (a) => a);

/** What all CPUs together counted for a server since its slot exists. */
export function counted(state: DirectorState, server: number): Counters {
  const [cpus] = state.maps["statistics"]!.perCpuRange(server, 1);
  return (cpus ?? []).map((bytes) => copyOf(Statistics.over(bytes))).reduce(sum, noCounters);
}

/** The same for the slots 0 … `count` - 1, in a few system calls. */
export function countedAll(state: DirectorState, count: number): Counters[] {
  if (count === 0) return [];
  return state.maps["statistics"]!.perCpuRange(0, count).map((cpus) =>
    cpus.map((bytes) => copyOf(Statistics.over(bytes))).reduce(sum, noCounters),
  );
}
