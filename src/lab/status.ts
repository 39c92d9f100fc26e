import { type FaultStatus, faultStatusOf } from "./faults/fault-status.js";
import { Host } from "./host.js";
import { isAlive } from "./processes.js";
import { bootId, type LabState } from "./state.js";
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
      processes: withWebServer(
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

/** A web server that somebody has started since, on the host, is as good as the lab's own. */
function withWebServer(host: Host, processes: readonly ProcessStatus[]): readonly ProcessStatus[] {
  const isWeb = ({ what }: ProcessStatus) => what.startsWith("web server");
  if (processes.some((process) => isWeb(process) && process.alive)) return processes;
  const found = webServerOn(host);
  if (!found) return processes;
  return [
    ...processes.filter((process) => !isWeb(process)),
    { what: found.what, pid: found.pid, alive: true },
  ];
}
