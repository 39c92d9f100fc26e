import { daemonOn } from "./daemon.js";
import { type FaultStatus, faultStatusOf } from "./faults/fault-status.js";
import { haproxy } from "./haproxy.js";
import { Host } from "./host.js";
import { keepalived } from "./keepalived.js";
import { nginx } from "./nginx.js";
import { isAlive } from "./processes.js";
import { bootId, type LabState } from "./state.js";
import { storeOn } from "./store/index.js";
import { webServerOn } from "./web-server.js";

/** How a lab is doing. */
export interface LabStatus {
  readonly name: string;
  readonly topology: string;
  readonly kind: LabState["kind"];
  readonly hook: string;
  /** Whether its hosts were left unconfigured. */
  readonly bare: boolean;
  readonly since: string;
  /** "up", "making", or "broken" if something of it is gone. */
  readonly state: "up" | "making" | "broken";
  readonly hosts: readonly HostStatus[];
  /** What is wrong on purpose. */
  readonly faults: readonly FaultStatus[];
}

interface HostStatus {
  readonly name: string;
  readonly role: string;
  readonly namespace: string;
  readonly addresses: readonly string[];
  /** Whether its network is there. */
  readonly there: boolean;
  /** Whether programs can run on it; "off" if somebody took its power, "lost" if nobody did so on purpose. */
  readonly power: "on" | "off" | "lost";
  readonly processes: readonly { readonly what: string; readonly pid: number; readonly alive: boolean }[];
}

/** Compares a lab's record with what there is. */
export function statusOf(state: LabState): LabStatus {
  const sameBoot = state.boot === bootId();
  const faults = faultStatusOf(state);
  const isOff = (host: string) => faults.some((fault) => fault.kind === "fail" && fault.host === host);
  const hosts = state.hosts.map((record): HostStatus => {
    const { name, role, namespace, addresses, processes } = record;
    const host = Host.of(state.name, record);
    return {
      name,
      role,
      namespace,
      addresses,
      there: host.exists,
      power: isOff(name) ? "off" : host.isOn ? "on" : "lost",
      processes: withStarted(
        host,
        processes.map((process) => ({
          what: process.what,
          pid: process.pid,
          alive: sameBoot && isAlive(process),
        })),
      ),
    };
  });
  const whole =
    hosts.every(
      ({ power, processes }) => power === "off" || (power === "on" && processes.every(({ alive }) => alive)),
    ) && faults.every(({ wrong }) => wrong === undefined);
  return {
    name: state.name,
    topology: state.topology,
    kind: state.kind,
    hook: state.hook,
    bare: state.bare ?? false,
    since: state.since,
    state: state.phase === "making" ? "making" : whole ? "up" : "broken",
    hosts,
    faults,
  };
}

type ProcessStatus = HostStatus["processes"][number];

/** Whether a host has one by what is recorded, and how it is found there. */
const services = [
  { name: "web server", found: webServerOn },
  { name: "file service", found: storeOn },
  ...[keepalived, haproxy, nginx].map((kind) => ({
    name: kind.name,
    found: (host: Host) => daemonOn(kind, host),
  })),
];

/** A web server, file service, keepalived, haproxy or nginx that somebody has started since, on the host, is as good as the lab's own. */
function withStarted(host: Host, processes: readonly ProcessStatus[]): readonly ProcessStatus[] {
  return services.reduce((known, { name, found }) => {
    const isOne = ({ what }: ProcessStatus) => what.startsWith(name);
    if (known.some((process) => isOne(process) && process.alive)) return known;
    const started = found(host);
    if (!started) return known;
    const { what, pid } = started;
    return [...known.filter((process) => !isOne(process)), { what, pid, alive: true }];
  }, processes);
}
