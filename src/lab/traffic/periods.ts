import { type Mark, type Tally, tally } from "./series.js";
import type { TrafficOutcome } from "./traffic.js";

/** A time in which the same was broken; times are in milliseconds since the traffic began. */
export interface Period extends Tally {
  readonly from: number;
  readonly to: number;
  /** What was broken: "web1: cut". Nothing: all was well, or should have been. */
  readonly faults: readonly string[];
  /**
   * How long it took until a whole second began of which every request was answered; 0 if the first one was such, null if
   * there was none.
   */
  readonly goodAfter: number | null;
  /**
   * The same for a second that was good, and whose answers were shared out as before the first fault; null too if nothing
   * was seen before that.
   */
  readonly sharesAfter: number | null;
}

/** How exactly times of recovery are known, in milliseconds. */
const step = 50;
const second = 1000;
/** A share is the same if it differs by no more than this part of the requests, or by two of them. */
const tolerance = 0.1;
const fewest = 2;

/**
 * Cuts traffic into periods at the moments at which something broke or was mended. A request belongs to the one in which it
 * was begun; but what was under way when something broke, and was lost, was lost to that.
 */
export function periodsOf(
  outcomes: readonly TrafficOutcome[],
  marks: readonly Mark[],
  { start, end }: { start: number; end: number },
): Period[] {
  const before = marks.filter(({ at }) => at <= start).at(-1)?.faults ?? [];
  const cuts = [{ at: start, faults: before }, ...marks.filter(({ at }) => at > start && at < end)];
  const parts = distribute(outcomes, cuts);
  const calm = cuts[0]!.faults.length === 0 && (cuts[1]?.at ?? end) - start >= second;
  const shares = calm ? sharesOf(parts[0]!) : undefined;
  return cuts.map(({ at, faults }, i) => {
    const here = parts[i]!;
    const to = cuts[i + 1]?.at ?? end;
    const first = (wanted: (some: readonly TrafficOutcome[]) => boolean) => firstSecond(here, at, to, wanted);
    return {
      from: Math.round(at - start),
      to: Math.round(to - start),
      faults,
      ...tally(here),
      goodAfter: first(isGood),
      sharesAfter: shares ? first((some) => isGood(some) && isShared(some, shares)) : null,
    };
  });
}

function distribute(outcomes: readonly TrafficOutcome[], cuts: readonly Mark[]): TrafficOutcome[][] {
  const parts: TrafficOutcome[][] = cuts.map(() => []);
  for (const outcome of [...outcomes].sort((a, b) => a.at - b.at)) {
    const { at, milliseconds, error } = outcome;
    const begun = Math.max(
      0,
      cuts.findLastIndex((cut) => cut.at <= at),
    );
    const next = cuts[begun + 1];
    const isLostToNext =
      error !== undefined &&
      cuts[begun]!.faults.length === 0 &&
      next !== undefined &&
      next.faults.length > 0 &&
      at + milliseconds >= next.at;
    parts[isLostToNext ? begun + 1 : begun]!.push(outcome);
  }
  return parts;
}

function firstSecond(
  outcomes: readonly TrafficOutcome[],
  from: number,
  to: number,
  wanted: (some: readonly TrafficOutcome[]) => boolean,
): number | null {
  for (let at = from; at + second <= to; at += step)
    if (wanted(outcomes.filter((each) => each.at >= at && each.at < at + second)))
      return Math.round(at - from);
  return null;
}

const isGood = (some: readonly TrafficOutcome[]) =>
  some.length > 0 && some.every(({ error }) => error === undefined);

type Shares = ReadonlyMap<string, number>;

function sharesOf(outcomes: readonly TrafficOutcome[]): Shares | undefined {
  const { servers, answered } = tally(outcomes);
  if (answered === 0) return undefined;
  return new Map(Object.entries(servers).map(([server, count]) => [server, count / answered]));
}

function isShared(outcomes: readonly TrafficOutcome[], shares: Shares): boolean {
  const { servers } = tally(outcomes);
  const most = Math.max(fewest, tolerance * outcomes.length);
  return [...new Set([...shares.keys(), ...Object.keys(servers)])].every(
    (server) => Math.abs((servers[server] ?? 0) - (shares.get(server) ?? 0) * outcomes.length) <= most,
  );
}
