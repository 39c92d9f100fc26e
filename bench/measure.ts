import { XdpVerdict } from "../src/bpf/index.js";
import { RondoError } from "../src/errors.js";
import type { Contestant } from "./contestant.js";
import type { Flows, Meter } from "./meter.js";
import { segment } from "./traffic.js";

/** How many flows the packets of a column belong to; "all new": each packet begins one. */
export const columns = [1, 10_000, 500_000, "all new"] as const;
export type Column = (typeof columns)[number];

/** Nanoseconds per packet, the wrapper's share taken off. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}
export interface Row {
  readonly name: string;
  /** Bytes of machine code, subprograms included. */
  readonly jited: number;
  readonly figures: Readonly<Partial<Record<Column, Figure>>>;
}

/**
 * Packets of a run and of the run before it that warms the caches, and how many runs a round has. What else a machine does
 * comes in bursts of a tenth of a second: short runs in turns share them fairly, and only what misses the caches needs more.
 */
const effort: Record<Column, { packets: number; warming: number; turns: number }> = {
  1: { packets: 50_000, warming: 1000, turns: 10 },
  10000: { packets: 100_000, warming: 40_000, turns: 8 },
  500000: { packets: 300_000, warming: 300_000, turns: 1 },
  "all new": { packets: 200_000, warming: 0, turns: 1 },
};

/**
 * Measures all contestants at all columns. They take turns, so that whatever else the machine does hits them alike. From
 * each figure the wrapper's is taken off: the median from the median, the least from the least. The first row is the wrapper's.
 */
export function measureAll(meter: Meter, contestants: readonly Contestant[], rounds: number): Row[] {
  const figures = new Map(contestants.map((contestant) => [contestant, new Map<Column, Figure>()]));
  const shares = new Map<Column, Figure>();
  for (const column of columns) {
    const taking = contestants.filter(({ creates }) => column !== "all new" || creates);
    if (column !== "all new")
      for (const connections of new Set(taking.map(({ connections }) => connections)))
        connections.fill(column);
    const taken = new Map(taking.map((contestant) => [contestant, [] as number[]]));
    const share: number[] = [];
    for (let turn = 0; turn < rounds * effort[column].turns; turn++) {
      share.push(wrapperShare(meter, column));
      for (const [contestant, list] of taken) list.push(patiently(() => runOnce(meter, contestant, column)));
    }
    const wrapper = figureOf(share);
    shares.set(column, wrapper);
    for (const [contestant, list] of taken)
      figures.get(contestant)!.set(column, without(figureOf(list), wrapper));
  }
  const row = (name: string, jited: number, of: ReadonlyMap<Column, Figure>): Row => ({
    name,
    jited,
    figures: Object.fromEntries(of),
  });
  return [
    row("wrapper (taken off below)", meter.wrapperSize, shares),
    ...contestants.map((contestant) =>
      row(contestant.name, contestant.program.info().jitedLength, figures.get(contestant)!),
    ),
  ];
}

function wrapperShare(meter: Meter, column: Column): number {
  const flows = column === "all new" ? { from: 0 } : { among: column };
  return meter.run(meter.nothing, segment("ACK"), flows, effort[column].packets, XdpVerdict.transmit);
}

function runOnce(meter: Meter, { program, verdict, connections }: Contestant, column: Column): number {
  const { packets, warming } = effort[column];
  const run = (kind: "SYN" | "ACK", flows: Flows, repeat: number) => {
    connections.prepare();
    const taken = meter.run(program, segment(kind), flows, repeat, verdict);
    connections.check();
    return taken;
  };
  if (column === "all new") {
    connections.clear();
    return run("SYN", { from: 0 }, packets);
  }
  run("ACK", { among: column }, warming);
  return run("ACK", { among: column }, packets);
}

/** A run that something disturbed is done again, some times. */
function patiently(run: () => number): number {
  for (let attempt = 1; ; attempt++) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof RondoError && error.code === "bench-slow") || attempt === 5) throw error;
    }
  }
}

function figureOf(taken: readonly number[]): Figure {
  const sorted = [...taken].sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! };
}

/** Where the two met other noise the difference of the extremes may lie on the wrong side of the median. */
function without(figure: Figure, share: Figure): Figure {
  const median = figure.median - share.median;
  return {
    median,
    least: Math.min(figure.least - share.least, median),
    most: Math.max(figure.most - share.most, median),
  };
}
