import { type BpfMap, type BpfProgram, createMapsOf, loadWritten, XdpVerdict } from "../src/bpf/index.js";
import { type DirectorConfig, director } from "../src/dataplane/xdp/director.js";
import type { Connections } from "./connections.js";
import { clearTable, countLive, requireNearly } from "./connections.js";
import type { Team } from "./contestant.js";
import { DirectorRecords } from "./director-records.js";
import { buckets } from "./floor.js";
import type { Meter } from "./meter.js";
import { directorMac, segment } from "./traffic.js";

/** A director for the bench, by XDP_TX. */
export const configuration: DirectorConfig = {
  hook: "xdp",
  mac: directorMac,
  buckets,
  secrets: [0x0123_4567_89ab_cdefn, 0x9e37_79b9_7f4a_7c15n, 0xbf58_476d_1ce4_e5b9n],
  send: "transmit",
};

/** Packets that are sent at once before the servers' next hops are made fresh again. */
const portion = 100_000;

/** The real director's program, sending by XDP_TX and by redirection: one service (rr), four servers. */
export function directorTeam(meter: Meter): Team {
  const transmitting = director(configuration);
  const redirecting = director({ ...configuration, send: "redirect" });
  const maps = createMapsOf(transmitting);
  const records = new DirectorRecords(maps);
  const transmit = loadWritten(transmitting, maps);
  const redirect = loadWritten(redirecting, maps);
  const connections = connectionsOf(meter, maps, records, transmit, XdpVerdict.transmit);
  const common = { creates: true, connections };
  return {
    contestants: [
      { ...common, name: "director, XDP_TX", program: transmit, verdict: XdpVerdict.transmit },
      { ...common, name: "director, redirect", program: redirect, verdict: XdpVerdict.redirect },
    ],
    close() {
      for (const one of [transmit, redirect, ...Object.values(maps)]) one.close();
    },
  };
}

/** Connections made through a director's program, which ends with this verdict. */
export function connectionsOf(
  meter: Meter,
  maps: Readonly<Record<string, BpfMap>>,
  records: DirectorRecords,
  program: BpfProgram,
  verdict: number,
): Connections {
  const table = maps["connections"]!;
  /** A SYN of each flow, and then what the client says next. */
  const connect = (count: number) => {
    for (const kind of ["SYN", "ACK"] as const) {
      for (let from = 0; from < count; from += portion) {
        records.refresh();
        meter.run(program, segment(kind), { from }, Math.min(portion, count - from), verdict);
        records.check();
      }
    }
  };
  const clear = () => {
    clearTable(table);
    records.forget();
  };
  return {
    fill(count) {
      clear();
      connect(count);
      requireNearly(count, countLive(table));
      requireNearly(count, records.activeConnections());
    },
    clear,
    prepare: () => records.refresh(),
    check: () => records.check(),
  };
}
