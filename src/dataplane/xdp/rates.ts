import { type Counters, noRates, type Rates } from "../../ipvs/model.js";
import { isZero } from "./counters.js";
import { Rate, Statistics } from "./layout.js";
import type { DirectorState } from "./state.js";

const averageOffset = Rate.offsetOf("average");
const averageSize = Statistics.size;

/** Averages as the sweeper keeps them, in fixed point (see {@link Rate}). */
type Averages = Counters;

/** The averages of a server, or of several together. */
export function averagesOf(state: DirectorState, slots: readonly number[]): Averages {
  const sum = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
  const memory = state.rates;
  for (const slot of slots) {
    const at = slot * Rate.size + averageOffset;
    if (isZero(memory, at, averageSize)) continue;
    sum.connections += memory.getBigUint64(at, true);
    sum.inPackets += memory.getBigUint64(at + 8, true);
    sum.outPackets += memory.getBigUint64(at + 16, true);
    sum.inBytes += memory.getBigUint64(at + 24, true);
    sum.outBytes += memory.getBigUint64(at + 32, true);
  }
  return sum;
}

/** What averages say per second, rounded as the kernel does (ip_vs_read_estimator). */
export function perSecond(averages: Averages): Rates {
  const { connections, inPackets, outPackets, inBytes, outBytes } = averages;
  if ((connections | inPackets | outPackets | inBytes | outBytes) === 0n) return noRates;
  const events = (average: bigint) => Number((average + 0x1ffn) >> 10n);
  const bytes = (average: bigint) => Number((average + 0xfn) >> 5n);
  return {
    connections: events(averages.connections),
    inPackets: events(averages.inPackets),
    outPackets: events(averages.outPackets),
    inBytes: bytes(averages.inBytes),
    outBytes: bytes(averages.outBytes),
  };
}

/** Lets a server's rates begin at zero: what it has counted so far is `counted` (ip_vs_zero_estimator). */
export function zeroRates(state: DirectorState, slot: number, counted: Counters): void {
  const none = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
  const { buffer, byteOffset, byteLength } = state.rates;
  const rate = Rate.over(new Uint8Array(buffer, byteOffset, byteLength), slot * Rate.size);
  rate.last = counted;
  rate.average = none;
}
