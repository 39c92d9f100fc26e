import { parentPort, workerData } from "node:worker_threads";
import { Ethernet, Ipv4, Tcp } from "../src/asm/index.js";
import { type BpfProgram, testRun, XdpVerdict } from "../src/bpf/index.js";
import { clientOf, segment } from "./traffic.js";

/** What this thread is to do: hold so many connections open, and make and close others, until `stop` is not 0. */
export interface Load {
  readonly program: number;
  readonly held: number;
  /** Servers of lower numbers than this are never removed. */
  readonly staying: number;
  readonly stop: Int32Array;
}

/** What became of it. */
export interface Tally {
  packets: number;
  /** Connections made and closed. */
  made: number;
  /** Connections that fell silent with their server. */
  removed: number;
  /** New ones that got no server. */
  refused: number;
  /** Those that another server than their own got, or none though their own was there. */
  broken: number;
}

const { program, held, staying, stop } = workerData as Load;
const tally: Tally = { packets: 0, made: 0, removed: 0, refused: 0, broken: 0 };
/** The server of each held connection; undefined once that was removed. */
const servers = new Map<number, number>();
const frames = { SYN: segment("SYN"), ACK: segment("ACK"), FIN: segment("FIN") };

for (let flow = 0; flow < held; flow++) {
  const server = send("SYN", flow);
  if (server !== undefined && send("ACK", flow) === server) servers.set(flow, server);
  else tally.broken++;
}
parentPort!.postMessage({ ...tally });

let next = held;
while (Atomics.load(stop, 0) === 0)
  for (const [flow, server] of servers) {
    judge(flow, server, send("ACK", flow));
    if (Atomics.load(stop, 0) !== 0) break;
    if (flow % 4 === 0) makeAndClose(next++);
  }
for (const [flow, server] of servers) judge(flow, server, send("ACK", flow));
parentPort!.postMessage(tally);

function judge(flow: number, server: number, got: number | undefined): void {
  if (got === server) return;
  // Who was removed gets nothing, and no other server gets its connections.
  if (got === undefined && server >= staying) tally.removed++;
  else tally.broken++;
  servers.delete(flow);
}

function makeAndClose(flow: number): void {
  const server = send("SYN", flow);
  if (server === undefined) return void tally.refused++;
  for (const kind of ["ACK", "FIN"] as const) {
    const got = send(kind, flow);
    if (got === server) continue;
    if (got === undefined && server >= staying) tally.removed++;
    else tally.broken++;
    return;
  }
  tally.made++;
}

/** Sends a packet through the program; gives the number of the server it goes to. */
function send(kind: keyof typeof frames, flow: number): number | undefined {
  const packet = frames[kind];
  const { address, port } = clientOf(flow % 4_000_000);
  Ipv4.over(packet, Ethernet.size).source = address;
  Tcp.over(packet, Ethernet.size + Ipv4.size).sourcePort = port;
  const result = testRun({ fd: program } as BpfProgram, { packet });
  tally.packets++;
  return result.verdict === XdpVerdict.transmit ? result.packet[5] : undefined;
}
