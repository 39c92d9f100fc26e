import { XdpVerdict } from "../src/bpf/index.js";
import { entriesPerBucket } from "../src/dataplane/xdp/layout.js";
import { RondoError } from "../src/errors.js";
import { runBenchmark } from "./benchmark.js";
import { Meter } from "./meter.js";
import { Place, serverSpec, service } from "./place.js";
import { segment } from "./traffic.js";

const help = `Opens and closes many connections and waits until nothing of them is left. See bench/README.md.

  node dist/bench/open-close.js [--json] [--connections 200000] [--timeout 2]
`;
const servers = 4;
/** Packets of one system call. */
const portion = 20_000;
/** Milliseconds after which what is left counts as left for good, beside the time-out. */
const patience = 30_000;

async function measure(count: number, timeout: number): Promise<Record<string, number>> {
  // So large that a flow whose two buckets are full is not to be expected.
  const buckets = 2 ** Math.ceil(Math.log2((4 * count) / entriesPerBucket));
  const place = new Place({ buckets, servers, send: "transmit" });
  const meter = new Meter();
  try {
    const { plane, state } = place;
    plane.addService({ id: service, scheduler: "rr", schedulerFlags: [], onePacket: false });
    for (let number = 0; number < servers; number++) plane.addServer(service, serverSpec(number));
    plane.setTimeouts({ tcp: 900, tcpFin: timeout, udp: 300 });
    const send = (kind: "SYN" | "ACK" | "FIN") => {
      let nanoseconds = 0;
      for (let from = 0; from < count; from += portion) {
        const packets = Math.min(portion, count - from);
        nanoseconds +=
          packets * meter.run(place.program, segment(kind), { from }, packets, XdpVerdict.transmit);
      }
      return nanoseconds;
    };
    const counts = () => {
      const shown = plane.service(service)!.servers;
      const add = (of: (server: (typeof shown)[number]) => number) =>
        shown.reduce((sum, one) => sum + of(one), 0);
      return { active: add(({ active }) => active), inactive: add(({ inactive }) => inactive) };
    };
    const require = (what: string, found: number, wanted: number) => {
      if (found !== wanted) throw new RondoError("bench-count", `${what}: ${found} instead of ${wanted}`);
    };

    const opening = send("SYN") + send("ACK");
    require("active, all open", counts().active, count);
    require("in the table, all open", state.tableUse().connections, count);
    const closing = send("FIN");
    const closed = performance.now();
    require("active, all closed", counts().active, 0);
    const left = () => counts().active + counts().inactive;
    while (left() > 0 && performance.now() - closed < 1000 * timeout + patience)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const gone = performance.now() - closed;
    const total = Number(plane.service(service)!.counters.connections);
    require("connections counted", total, count);
    return {
      connections: count,
      "opened and closed a second (3 packets each)": Math.round((1e9 * count) / (opening + closing)),
      "time-out of what is closed (s)": timeout,
      "until all counts were 0 (s)": Math.round(gone / 10) / 100,
      "left in the counts": left(),
      "left in the table": state.tableUse().connections,
    };
  } finally {
    meter.close();
    place.close();
  }
}

process.exitCode = await runBenchmark({
  help,
  options: { connections: "200000", timeout: "2" },
  measure: ({ connections, timeout }) => measure(Number(connections), Number(timeout)),
  zero: ["left in the table", "left in the counts"],
});
