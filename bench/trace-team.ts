import { createMapsOf, loadWritten, XdpVerdict } from "../src/bpf/index.js";
import { director } from "../src/dataplane/xdp/director.js";
import { Settings } from "../src/dataplane/xdp/layout.js";
import { tickNow } from "../src/dataplane/xdp/state.js";
import { filterOf, type TraceWanted } from "../src/dataplane/xdp/trace.js";
import { parsePrefix } from "../src/ipvs/prefix.js";
import type { Team } from "./contestant.js";
import { DirectorRecords } from "./director-records.js";
import { configuration, connectionsOf } from "./director-team.js";
import type { Meter } from "./meter.js";

/** More packets than any CPU follows. */
const unlimited = 0xffff_ffff;

/** What is followed, or undefined: nobody traces. */
const followed: Readonly<Record<string, TraceWanted | undefined>> = {
  "trace, as it ended": undefined,
  "trace, of other clients": { client: parsePrefix("203.0.113.0/24", "--client"), limit: unlimited },
  "trace, 1000 a second": { limit: 1000 },
  "trace, of every packet": { limit: unlimited },
};

/**
 * The director's program as it is attached while nobody traces, and the one that takes its place, by how much it follows.
 * Nobody reads the records: when there is no room for more they are lost, which costs less than to copy them.
 */
export function traceTeam(meter: Meter): Team {
  const plain = director({ ...configuration, send: "redirect" });
  const tracing = director({ ...configuration, send: "redirect", traces: true });
  const maps = createMapsOf(tracing);
  const records = new DirectorRecords(maps);
  const loaded = { plain: loadWritten(plain, maps), tracing: loadWritten(tracing, maps) };
  const settings = Settings.over(maps["settings"]!.memory({ write: true }).bytes);
  const filter = maps["trace_filter"]!.memory({ write: true }).bytes;
  const connections = connectionsOf(meter, maps, records, loaded.plain, XdpVerdict.redirect);
  const follow = (wanted: TraceWanted | undefined) => {
    settings.capturing = wanted ? (tickNow() + 6000) >>> 0 || 1 : 0;
    if (wanted) filter.set(filterOf(wanted));
  };
  const contestant = (name: string, program: keyof typeof loaded, wanted?: TraceWanted) => ({
    name,
    program: loaded[program],
    verdict: XdpVerdict.redirect,
    creates: true,
    connections: {
      ...connections,
      prepare() {
        follow(wanted);
        connections.prepare();
      },
    },
  });
  return {
    contestants: [
      contestant("director, no trace", "plain"),
      ...Object.entries(followed).map(([name, wanted]) => contestant(name, "tracing", wanted)),
    ],
    close() {
      for (const one of [...Object.values(loaded), ...Object.values(maps)]) one.close();
    },
  };
}
