import type { Word } from "../grammar/statement.js";
import { SkipLine, type WordCursor } from "./word-cursor.js";
import { decimalNumber, wholeNumber } from "./word-values.js";

const numbers: Readonly<Record<string, number>> = {
  mtu: 0xffffffff,
  advmss: 0xffffffff,
  reordering: 0xffffffff,
  window: 0xffffffff,
  cwnd: 0xffffffff,
  ssthresh: 0xffffffff,
  initcwnd: 0xffffffff,
  initrwnd: 0xffffffff,
  hoplimit: 255,
  quickack: 1,
  fastopen_no_cookie: 1,
};

/** Units of a millisecond that the kernel counts in (net/ipv4/tcp_metrics.c). */
const times: Readonly<Record<string, number>> = { rtt: 8, rttvar: 4, rto_min: 1 };

/** A metric of a route; false if the word is none. */
export function readRouteMetric(
  cursor: WordCursor,
  word: Word,
  metrics: Record<string, number>,
  locked: string[],
  congestionControl: (name: string) => void,
): boolean {
  const name = word.text;
  const { findings } = cursor;
  const most = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
  const unit = Object.hasOwn(times, name) ? times[name] : undefined;
  if (most === undefined && unit === undefined && name !== "features" && name !== "congctl") return false;
  if (cursor.lock()) locked.push(name);
  const value = cursor.take();
  if (name === "congctl") congestionControl(value.text);
  else if (name === "features") {
    if (value.text === "ecn") metrics["features"] = 1;
    else findings.add(value.at, "invalid-value", `feature ${value.text} not supported`);
  } else if (unit !== undefined) metrics[name] = time(cursor, value, unit);
  else {
    const number = wholeNumber(findings, value, 0, most!);
    if (number === undefined) throw new SkipLine();
    metrics[name] = number;
  }
  return true;
}

/** "300ms", "1.5s" or units of the metric; between 0.2 and 120 seconds. */
function time(cursor: WordCursor, word: Word, unit: number): number {
  const match = /^([\d.]+)(m?)s(?:ecs?)?$/i.exec(word.text);
  const number = match ? { ...word, text: match[1]! } : word;
  const places = match && match[2] === "" ? 3 : 0;
  const value = decimalNumber(cursor.findings, number, 0, 120_000 * unit, places);
  if (value === undefined) cursor.skip(word, `Invalid ${word.text} for route`);
  return Math.min(Math.max(match ? value * unit : value, 200 * unit), 120_000 * unit);
}
