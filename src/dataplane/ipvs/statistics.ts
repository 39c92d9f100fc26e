import { type Counters, noCounters, noRates, type Rates } from "../../ipvs/model.js";
import type { Attributes } from "../../netlink/index.js";

/** IPVS_STATS_ATTR_*, in this order from 1 on; the rates follow from 6 on. */
const order = ["connections", "inPackets", "outPackets", "inBytes", "outBytes"] as const;

/** What was counted, and the rates per second. */
export interface Traffic {
  readonly counters: Counters;
  readonly rates: Rates;
}

/**
 * Nested statistics: those of 64 bits if they are there (Linux 4.1), else the others, which have 32 bits but for bytes. The
 * kernel adds up the counters of its processors every two seconds.
 */
export function readTraffic(attributes: Attributes, wide: number, narrow: number): Traffic {
  const statistics = attributes.nested(wide) ?? attributes.nested(narrow);
  if (!statistics) return { counters: noCounters, rates: noRates };
  const counters: { -readonly [Name in keyof Counters]: bigint } = { ...noCounters };
  const rates: { -readonly [Name in keyof Rates]: number } = { ...noRates };
  for (const [index, name] of order.entries()) {
    counters[name] = numberIn(statistics, 1 + index);
    rates[name] = Number(numberIn(statistics, 6 + index));
  }
  return { counters, rates };
}

function numberIn(statistics: Attributes, type: number): bigint {
  const size = statistics.bytes(type)?.length ?? 0;
  return size >= 8 ? statistics.u64(type)! : BigInt(statistics.u32(type) ?? 0);
}
