import { existsSync } from "node:fs";
import { RondoError } from "../errors.js";
import { ensureBpffs, needRoot } from "../sys/index.js";
import { boot } from "./boot.js";
import { checkTopology } from "./check.js";
import { type DirectorControl, rondoDirector } from "./director.js";
import { Guardian } from "./guardian.js";
import { Host } from "./host.js";
import { awaitMasters } from "./keepalived.js";
import { masterOf } from "./keepalived-config.js";
import { buildSwitch } from "./network.js";
import { plugs } from "./plugs.js";
import {
  bootId,
  checkLabName,
  type Hook,
  type HostState,
  type LabProcess,
  type LabState,
  lockLab,
  readState,
  removeState,
  writeState,
} from "./state.js";
import { takeDown } from "./take-down.js";
import { topologyNamed } from "./topologies/index.js";
import { type HostSpec, ownAddresses, type Topology } from "./topology.js";

/** The host that holds all switches. */
const switchName = "switch";

export interface LabOptions {
  readonly topology: Topology;
  readonly name: string;
  readonly kind: LabState["kind"];
  readonly hook: Hook;
  /** Hosts and cables, and nothing configured. */
  readonly bare?: boolean;
  readonly director?: DirectorControl;
  /** Told what is being done, in a few words. */
  readonly progress?: (what: string) => void;
  readonly signal?: AbortSignal;
}

/** A lab that is up: its record, its topology, its hosts. */
export class Lab {
  readonly state: LabState;
  readonly topology: Topology;

  constructor(state: LabState, topology: Topology = state.spec ?? topologyNamed(state.topology)) {
    this.state = state;
    this.topology = topology;
  }

  get name(): string {
    return this.state.name;
  }

  /** undefined if it has no such host. */
  find(name: string): Host | undefined {
    const found = this.state.hosts.find((host) => host.name === name);
    return found && Host.of(this.name, found);
  }

  /** A host of the topology, or the switch. */
  host(name: string): Host {
    const found = this.find(name);
    if (!found) throw new RangeError(`lab ${this.name} has no host ${name}`);
    return found;
  }

  get switch(): Host {
    return this.host(switchName);
  }

  get ports(): string[] {
    return plugs(this.topology).map(({ port }) => port);
  }
}

/** @throws RondoError "no-root" */
export function requireRoot(what: string): void {
  needRoot(
    `${what} makes networks and loads packet programs, which only root may do`,
    "Run it as root, with sudo for example.",
  );
}

/**
 * Makes a lab, all or nothing: if anything fails, or the signal aborts, what was made is removed again. Should this
 * process be killed on the way, the guardian does that.
 *
 * @returns the lab, and the guardian that still watches over it: dismiss it, if the lab is to outlive this process.
 * @throws RondoError "lab-up" if there is one of this name, and whatever its parts throw.
 */
export async function makeLab(options: LabOptions): Promise<{ lab: Lab; guardian: Guardian }> {
  const { topology, name, director = rondoDirector, progress = () => {}, signal } = options;
  requireRoot("a lab");
  checkTopology(topology);
  checkLabName(name);
  const lock = lockLab(name, 0);
  try {
    refuseSecond(name);
    const hosts = plannedHosts(options);
    try {
      refuseTaken(hosts);
    } catch (error) {
      removeState(name); // The lock's folder, which nobody needs.
      throw error;
    }
    const since = new Date().toISOString();
    const guardian = Guardian.over(name, since);
    try {
      const lab = await build({ ...options, director, progress, since }, hosts);
      signal?.throwIfAborted();
      return { lab, guardian };
    } catch (error) {
      await takeDown(name, { lock, director });
      guardian.dismiss();
      throw error;
    }
  } finally {
    lock.release();
  }
}

function refuseSecond(name: string): void {
  const state = readState(name);
  if (!state) return;
  throw new RondoError(
    "lab-up",
    state.phase === "up"
      ? `lab ${name} is up already, since ${state.since}`
      : `lab ${name} was begun and never finished`,
    { remedy: `Take it down with \`rondo lab down ${name}\`, or bring up another one with --name.` },
  );
}

/** The hosts as they are recorded before any of them is there, so that whoever cleans up knows them all. */
function plannedHosts({ topology, name: lab, bare = false }: LabOptions): HostState[] {
  const namespace = (host: string) => `/run/netns/rondo-${lab}-${host}`;
  const hosts = topology.hosts.map(({ name, role, interfaces, loopback = [], tunnels }) => {
    const addresses = [...interfaces.flatMap((each) => each.addresses), ...loopback];
    return {
      name,
      role,
      namespace: namespace(name),
      addresses: bare ? [] : addresses.map(({ address }) => address),
      processes: [],
      ...(tunnels && !bare && { tunnels }),
    };
  });
  return [
    ...hosts,
    { name: switchName, role: "switch", namespace: namespace(switchName), addresses: [], processes: [] },
  ];
}

function refuseTaken(hosts: readonly HostState[]): void {
  const taken = hosts.map(({ namespace }) => namespace).filter((path) => existsSync(path));
  if (taken.length === 0) return;
  throw new RondoError(
    "namespace-exists",
    `${taken.join(" and ")} ${taken.length === 1 ? "belongs" : "belong"} to something else`,
    {
      remedy: "Take another name for the lab (--name), or remove them with `ip netns delete`.",
    },
  );
}

async function build(
  options: LabOptions & { director: DirectorControl; progress: (what: string) => void; since: string },
  hosts: readonly HostState[],
): Promise<Lab> {
  const { topology, name, kind, hook, bare = false, progress, signal, since } = options;
  const begun: LabState = {
    name,
    topology: topology.name,
    spec: topology,
    kind,
    hook,
    ...(bare && { bare }),
    phase: "making",
    since,
    boot: bootId(),
    hosts,
  };
  writeState(begun);
  const lab = new Lab(begun, topology);
  mountBpffs();

  progress(
    `${topology.hosts.length} hosts on ${topology.networks.length} network${plural(topology.networks)}`,
  );
  const theSwitch = lab.switch;
  theSwitch.create();
  buildSwitch(topology, theSwitch);
  signal?.throwIfAborted();

  const surroundings = { ...options, lab: name, bare, theSwitch };
  const processes = new Map<string, readonly LabProcess[]>();
  // Directors last: what they ask about their servers is answered then.
  const isDirector = ({ role }: HostSpec) => role === "director";
  for (const part of [
    topology.hosts.filter((spec) => !isDirector(spec)),
    topology.hosts.filter(isDirector),
  ]) {
    const booted = await Promise.allSettled(
      part.map(async (spec) => processes.set(spec.name, await boot(lab.host(spec.name), spec, surroundings))),
    );
    for (const outcome of booted) if (outcome.status === "rejected") throw outcome.reason;
  }

  await awaitVips(lab, options);

  const state: LabState = {
    ...begun,
    phase: "up",
    hosts: hosts.map((host) => ({ ...host, processes: processes.get(host.name) ?? [] })),
  };
  writeState(state);
  return new Lab(state, topology);
}

/** A lab with keepalived is up when the VIPs are at their first master. */
async function awaitVips(lab: Lab, { bare = false, progress = () => {}, signal }: LabOptions): Promise<void> {
  const { topology } = lab;
  const routers = topology.hosts
    .filter(({ keepalived }) => keepalived && !bare)
    .map(({ name }) => lab.host(name));
  if (routers.length === 0) return;
  const given = new Set(topology.hosts.flatMap(ownAddresses));
  const vips = topology.vips.filter((vip) => !given.has(vip));
  progress(`${vips.join(", ")}: who is master`);
  const elections = vips.map((address) => {
    const master = masterOf(topology, address)?.name;
    return { address, master: routers.find(({ name }) => name === master) };
  });
  await awaitMasters(routers, elections, signal);
}

/** Hosts have the machine's bpffs as it is when they are made. Where there can be none, directors will say so. */
function mountBpffs(): void {
  try {
    ensureBpffs();
  } catch (error) {
    if (!(error instanceof RondoError)) throw error;
  }
}

const plural = (things: readonly unknown[]) => (things.length === 1 ? "" : "s");
