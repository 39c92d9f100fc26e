import { once } from "node:events";
import { setTimeout as later } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { ServiceId } from "../src/ipvs/model.js";
import { IpAddress } from "../src/wire/index.js";
import { runBenchmark } from "./benchmark.js";
import type { Load, Tally } from "./load.js";
import { Place, serverId, serverSpec, service } from "./place.js";

const help = `Changes servers and services while connections are held open, made and closed. See bench/README.md.
The exit status is 1 if a connection was broken whose server was not removed, or a new one got no server. Of several
schedulers, with commas between, the service has one after the other.

  node dist/bench/changes.js [--json] [--connections 20000] [--seconds 10] [--schedulers wlc]
`;
/** Servers that stay, and servers that come and go. */
const staying = 4;
const passing = 4;

/** Without them sh and mh, as in IPVS, have no server for clients whose place is that of one whose weight is 0. */
const flags: Readonly<Record<string, readonly string[]>> = { sh: ["sh-fallback"], mh: ["mh-fallback"] };

async function measure(
  held: number,
  seconds: number,
  schedulers: readonly string[],
): Promise<Record<string, number>> {
  const place = new Place({ buckets: 65_536, servers: staying + passing, send: "transmit" });
  try {
    const { plane } = place;
    plane.addService({ id: service, scheduler: "wlc", schedulerFlags: [], onePacket: false });
    for (let number = 0; number < staying; number++) plane.addServer(service, serverSpec(number));
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const workerData: Load = { program: place.program.fd, held, staying, stop };
    const worker = new Worker(new URL("./load.js", import.meta.url), { workerData });
    const failed = once(worker, "exit");
    const messages: Tally[] = [];
    worker.on("message", (tally: Tally) => messages.push(tally));
    await Promise.race([once(worker, "message"), failed]); // All that are held are open.
    const begin = performance.now();
    let changes = 0;
    for (let turn = 0; performance.now() - begin < 1000 * seconds; turn++) {
      changes += change(place, turn, schedulers);
      if (turn % 8 === 0) await later(1);
    }
    const taken = (performance.now() - begin) / 1000;
    Atomics.store(stop, 0, 1);
    await failed;
    const tally = messages.at(-1)!;
    return {
      "connections held open": held,
      "connections made and closed meanwhile": tally.made,
      "packets that were looked at": tally.packets,
      "ended with the server that was removed": tally.removed,
      changes: changes,
      "changes a second": Math.round(changes / taken),
      "new ones that got no server": tally.refused,
      broken: tally.broken,
    };
  } finally {
    place.close();
  }
}

/** One server comes, is edited, or goes; a server that stays is edited; another service comes and goes. */
function change({ plane }: Place, turn: number, schedulers: readonly string[]): number {
  const number = staying + (turn % passing);
  const phase = Math.floor(turn / passing) % 4;
  if (phase === 0) plane.addServer(service, serverSpec(number, 1));
  else if (phase === 1) plane.editServer(service, serverSpec(number, 2));
  else if (phase === 2) plane.editServer(service, serverSpec(number, 0));
  else plane.deleteServer(service, serverId(number));
  plane.editServer(service, serverSpec(turn % staying, 1 + (turn % 5)));
  const scheduler = schedulers[turn % schedulers.length] ?? "wlc";
  plane.editService({ id: service, scheduler, schedulerFlags: flags[scheduler] ?? [], onePacket: false });
  plane.addService({ id: other(turn), scheduler: "rr", schedulerFlags: [], onePacket: false });
  plane.addServer(other(turn), serverSpec(turn % staying));
  plane.deleteService(other(turn));
  return 6;
}

const other = (turn: number): ServiceId => ({
  kind: "address",
  protocol: "tcp",
  address: IpAddress.fromBytes(Uint8Array.of(10, 200, 9, turn & 255)),
  port: 80,
});

process.exitCode = await runBenchmark({
  help,
  options: { connections: "20000", seconds: "10", schedulers: "wlc" },
  measure: ({ connections, seconds, schedulers }) =>
    measure(Number(connections), Number(seconds), schedulers.split(",")),
  zero: ["broken", "new ones that got no server"],
});
