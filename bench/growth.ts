import { type BpfProgram, createMap, loadWritten, mapSpecOf, XdpVerdict } from "../src/bpf/index.js";
import { director } from "../src/dataplane/xdp/director.js";
import { DirectorState, grow, HostNetwork, resetDirector } from "../src/dataplane/xdp/index.js";
import { connectionTable, successorsOf, type TableShape } from "../src/dataplane/xdp/table.js";
import { countLive, requireNearly } from "./connections.js";
import { DirectorRecords } from "./director-records.js";
import { type Flows, Meter } from "./meter.js";
import { directorMac, segment } from "./traffic.js";

/**
 * What a growth of the connection table takes, and what a packet costs while there are two: see README.md. To be run in a
 * network namespace that goes with it. Nothing is attached, so of a growth's programs only the sweeper's and those that
 * move entries are verified.
 */
const portion = 100_000;
const turns = 21;
const buckets = 2 ** 18;

type Maps = DirectorState["maps"];

if (DirectorState.open()) throw new Error("there is a director here: unshare -n node dist/bench/growth.js");
const host = new HostNetwork();
const meter = new Meter();
try {
  for (const count of [100_000, 500_000]) measure(count);
} finally {
  meter.close();
  host.close();
}

function measure(count: number): void {
  const state = DirectorState.openOrCreate(buckets);
  const spare = [
    connectionTable(2 * buckets).buckets,
    successorsOf(2 * buckets),
    connectionTable(buckets).buckets,
  ].map((map) => createMap(mapSpecOf(map)));
  try {
    const records = new DirectorRecords(state.maps);
    const run = (program: BpfProgram, kind: "SYN" | "ACK", flows: Flows, packets: number) => {
      records.refresh();
      return meter.run(program, segment(kind), flows, packets, XdpVerdict.transmit);
    };
    const filling = programFor(state, state.tableShape, state.maps);
    for (const kind of ["SYN", "ACK"] as const)
      for (let from = 0; from < count; from += portion)
        run(filling, kind, { from }, Math.min(portion, count - from));
    filling.close();
    requireNearly(count, countLive(state.maps["connections"]!));

    let first: { at: bigint; share: number } | undefined;
    let moving = 0;
    const start = process.hrtime.bigint();
    const left = state.locked(() =>
      grow(state, host, 2 * buckets, (_, share) => {
        first ??= { at: process.hrtime.bigint(), share };
        // What came before the first word is not told: its share is added.
        if (share === 1) moving ||= milliseconds(first.at) / (1 - first.share);
      }),
    );
    const whole = milliseconds(start);
    requireNearly(count, countLive(state.maps["connections"]!));

    // All find the same entries: as one table, as the new one of two, and as the former one, which is looked into last.
    const [other, successors, empty] = spare as [(typeof spare)[0], (typeof spare)[0], (typeof spare)[0]];
    const { connections } = state.maps as { connections: (typeof spare)[0] };
    const one = state.tableShape;
    const two: [string, TableShape, Maps][] = [
      ["one table", one, state.maps],
      ["two, it has moved", { ...one, former: 2 * buckets }, { ...state.maps, former: other, successors }],
      [
        "two, it has not",
        { buckets, odd: !one.odd, former: 2 * buckets },
        { ...state.maps, connections: empty, former: connections, successors },
      ],
    ];
    const programs = two.map(([, shape, maps]) => programFor(state, shape, maps));
    const taken = [meter.nothing, ...programs].map((): number[] => []);
    for (let turn = 0; turn < turns; turn++)
      for (const [i, program] of [meter.nothing, ...programs].entries())
        taken[i]!.push(run(program, "ACK", { among: count }, portion));
    for (const program of programs) program.close();
    const medians = taken.map((list) => list.sort((a, b) => a - b)[turns >> 1]!);
    const figures = two.map(([name], i) => `${name} ${medians[i + 1]! - medians[0]!}`);
    process.stdout.write(
      `${count} connections: a growth takes ${whole.toFixed(0)} ms, of which entries move for ${moving.toFixed(0)} ms, ${left} stay; ns per packet: ${figures.join(", ")}\n`,
    );
  } finally {
    for (const map of spare) map.close();
    resetDirector(host);
    state.close();
  }
}

function milliseconds(since: bigint): number {
  return Number(process.hrtime.bigint() - since) / 1e6;
}

function programFor(state: DirectorState, shape: TableShape, maps: Maps): BpfProgram {
  const { secrets } = state.settings;
  const program = director({
    hook: "xdp",
    mac: directorMac,
    ...shape,
    secrets: [...secrets] as [bigint, bigint, bigint],
    send: "transmit",
  });
  return loadWritten(program, maps);
}
