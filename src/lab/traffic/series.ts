import type { TrafficOutcome } from "./traffic.js";

/** What requests came to. Servers and errors are counted by name; latencies are in milliseconds, of answered requests. */
export interface Tally {
  readonly requests: number;
  readonly answered: number;
  readonly lost: number;
  readonly servers: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  /** undefined where nothing was answered. */
  readonly p50?: number;
  readonly p99?: number;
}

/** One second of traffic: the requests that were begun in it. */
export interface Second extends Tally {
  /** From 0. */
  readonly second: number;
}

/** From this moment on these faults were there, and no others. */
export interface Mark {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** "web1: cut" */
  readonly faults: readonly string[];
}

/** All that traffic came to, second by second, and what was broken meanwhile. */
export class Series {
  readonly marks: Mark[] = [];
  readonly outcomes: TrafficOutcome[] = [];
  #start: number | undefined;
  /** By second: the outcomes so far, and how many there will be once that is known. */
  readonly #seconds: { outcomes: TrafficOutcome[]; asked: number | undefined }[] = [];

  begin(at: number): void {
    this.#start = at;
  }

  /** When the first request was begun, in milliseconds since 1970. */
  get start(): number {
    return this.#start ?? 0;
  }

  add(outcome: TrafficOutcome): void {
    this.outcomes.push(outcome);
    this.#at(outcome.second).outcomes.push(outcome);
  }

  /** No more requests begin in this second; so many did. */
  close(second: number, asked: number): void {
    this.#at(second).asked = asked;
  }

  /** Notes what is broken from now on, if that is something else than before. */
  mark(at: number, faults: readonly string[]): void {
    const before = this.marks.at(-1)?.faults ?? [];
    if (before.join("\n") !== faults.join("\n") || this.marks.length === 0) this.marks.push({ at, faults });
  }

  /** What was broken in a second, at any time of it. */
  faultsIn(second: number): string[] {
    const from = this.start + second * 1000;
    return [
      ...new Set(
        this.marks.flatMap(({ at, faults }, i) =>
          at < from + 1000 && (this.marks[i + 1]?.at ?? Number.POSITIVE_INFINITY) > from ? faults : [],
        ),
      ),
    ];
  }

  /** The seconds of which nothing is missing, from the first on without a gap. */
  get complete(): number {
    const open = this.#seconds.findIndex(
      ({ outcomes, asked }) => asked === undefined || outcomes.length < asked,
    );
    return open < 0 ? this.#seconds.length : open;
  }

  second(second: number): Second {
    return { second, ...tally(this.#seconds[second]?.outcomes ?? []) };
  }

  get seconds(): Second[] {
    return this.#seconds.map((_, second) => this.second(second));
  }

  #at(second: number): { outcomes: TrafficOutcome[]; asked: number | undefined } {
    while (this.#seconds.length <= second) this.#seconds.push({ outcomes: [], asked: undefined });
    return this.#seconds[second]!;
  }
}

/** Counts outcomes. */
export function tally(outcomes: readonly TrafficOutcome[]): Tally {
  const answered = outcomes.filter(({ error }) => error === undefined);
  const times = answered.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return {
    requests: outcomes.length,
    answered: answered.length,
    lost: outcomes.length - answered.length,
    servers: countBy(answered.map(({ server }) => server || "?")),
    errors: countBy(outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]))),
    ...(times.length > 0 && { p50: percentile(times, 50), p99: percentile(times, 99) }),
  };
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** By the nearest rank: the smallest value that so many percent don't exceed. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}
