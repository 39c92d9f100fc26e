import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answer.js";
import { Capture } from "./capture.js";
import { ask } from "./client.js";
import { type DirectorControl, rondoDirector } from "./director.js";
import { expectation } from "./expectation.js";
import { firstConnection, type Hop, hopsOf } from "./hops.js";
import { type Lab, makeLab } from "./lab.js";
import { plugs } from "./plugs.js";
import { judge, type Result } from "./result.js";
import type { Hook } from "./state.js";
import { takeDown } from "./take-down.js";
import { hostsOf, ownAddresses, type Topology, withoutPrefix } from "./topology.js";

interface RunOptions {
  readonly topology: Topology;
  readonly hook: Hook;
  readonly requests: number;
  readonly director?: DirectorControl;
  readonly progress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** All that one run shows. */
export interface RunReport extends Result {
  readonly topology: string;
  readonly hook: Hook;
  /** Who answered each request, by number. */
  readonly responses: readonly Answer[];
  /** The way of the first request's packets, from a capture at the switch's ports. */
  readonly hops: readonly Hop[];
  /** What `ipvsadm -Ln --stats` prints on the director afterwards. */
  readonly stats: string;
}

/** How long one request may take, and how long its last packets take at most to reach the capture; milliseconds. */
const requestTimeout = 5000;
const tail = 50;

/**
 * Brings a topology up under a name that nothing else has, sends its traffic, and takes it down again, whatever happens.
 * @throws RondoError and what aborted the signal; nothing is left of the lab then.
 */
export async function runLab(options: RunOptions): Promise<RunReport> {
  const { topology, hook, director = rondoDirector, signal } = options;
  const name = `${topology.name}-run-${process.pid}-${randomBytes(2).toString("hex")}`;
  const { lab, guardian } = await makeLab({ ...options, name, kind: "run" });
  try {
    const { answers, hops } = await sendTraffic(lab, options);
    const [first] = hostsOf(topology, "director");
    const stats = first ? await director.statistics(lab.host(first.name), signal) : "";
    return {
      topology: topology.name,
      hook,
      ...judge(answers, expectation(topology, options.requests), (address) => hostWith(topology, address)),
      responses: answers,
      hops,
      stats,
    };
  } finally {
    await takeDown(name, { director });
    guardian.dismiss();
  }
}

async function sendTraffic(lab: Lab, { topology, requests, progress, signal }: RunOptions) {
  const { from, address, port } = topology.traffic;
  const client = lab.host(from);
  const plan = { address, port, path: "/", concurrency: 1, timeout: requestTimeout };
  progress?.(`${requests} requests from ${from} to ${address}:${port}`);
  const capture = Capture.start(lab.switch, lab.ports);
  const stop = once(() => capture.stop());
  try {
    const [first] = await ask(client, { ...plan, first: 1, requests: 1 }, signal);
    await sleep(tail);
    const hops = wayOf(stop(), topology);
    const more = requests > 1 ? await ask(client, { ...plan, first: 2, requests: requests - 1 }, signal) : [];
    return { answers: [first!, ...more], hops };
  } finally {
    stop();
  }
}

function wayOf(frames: ReturnType<Capture["stop"]>, topology: Topology): Hop[] {
  const { from, address, port } = topology.traffic;
  const spec = topology.hosts.find(({ name }) => name === from)!;
  const source = withoutPrefix(spec.interfaces[0]!.addresses[0]!.address);
  const ends = firstConnection(frames, source, { address, port });
  const hostAtPort = new Map(plugs(topology).map((plug) => [plug.port, plug.host.name]));
  return ends ? hopsOf(frames, ends, (name) => hostAtPort.get(name) ?? name) : [];
}

function hostWith(topology: Topology, address: string): string {
  return topology.hosts.find((host) => ownAddresses(host).includes(address))?.name ?? address;
}

function once<T>(work: () => T): () => T {
  let result: { value: T } | undefined;
  return () => (result ??= { value: work() }).value;
}
