import { Lab } from "../lab.js";
import { isAlive } from "../processes.js";
import { bootId, type LabState } from "../state.js";
import { cablesOf } from "./cables.js";
import { type Fault, faultText } from "./fault.js";
import { type LossCounts, lossCounts } from "./loss.js";
import { type RelayCounts, relayCounts } from "./relay.js";
import { bridgeSide } from "./splice.js";

/** A fault as it is at this moment. */
export interface FaultStatus {
  readonly host: string;
  /** Of faults of a cable. */
  readonly interface?: string;
  readonly kind: Fault["kind"];
  /** In the words of its command: "loss 5%". */
  readonly text: string;
  /** ISO 8601 */
  readonly since: string;
  /** Of a flap: when it ends by itself. */
  readonly until?: string;
  /** What does it: "port down", "packet program", "relay", "netem", "power off". */
  readonly by: string;
  readonly process?: { readonly pid: number; readonly alive: boolean };
  /** Of a loss: what it has dropped since it was set. */
  readonly lost?: LossCounts;
  /** Of a delay by a relay. */
  readonly relayed?: RelayCounts;
  /** What is not as the record has it. */
  readonly wrong?: string;
}

/** A lab's faults, in the order in which they came. */
export function faultStatusOf(state: LabState): FaultStatus[] {
  const faults = state.faults ?? [];
  if (faults.length === 0) return [];
  const lab = new Lab(state);
  const sameBoot = state.boot === bootId();
  return faults.map((fault): FaultStatus => {
    const process_ = "process" in fault ? fault.process : undefined;
    const alive = process_ !== undefined && sameBoot && isAlive(process_);
    return {
      host: fault.host,
      ...("interface" in fault && { interface: fault.interface }),
      kind: fault.kind,
      text: faultText(fault),
      since: fault.since,
      ...(fault.kind === "flap" && { until: fault.until }),
      ...(process_ && { process: { pid: process_.pid, alive } }),
      ...effectOf(lab, fault, alive),
    };
  });
}

type Effect = Pick<FaultStatus, "by" | "lost" | "relayed" | "wrong">;

/** What does a fault, and what it has done so far. */
function effectOf(lab: Lab, fault: Fault, alive: boolean): Effect {
  if (fault.kind === "fail") return { by: "power off" };
  if (fault.kind === "cut") return { by: "port down" };
  if (fault.kind === "flap")
    return { by: "port down and up", ...(!alive && { wrong: "the process that flaps it has ended" }) };
  if (fault.kind === "loss") {
    const lost = countsAt(lab, fault.port);
    return { by: "packet program", ...(lost ? { lost } : { wrong: "its packet program is gone" }) };
  }
  if (fault.by === "netem") return { by: "netem" };
  const relayed = relayCounts(lab.name, fault.port);
  const wrong = alive ? {} : { wrong: "its relay has ended, so nothing passes" };
  return { by: "relay", ...(relayed && { relayed }), ...wrong };
}

function countsAt(lab: Lab, port: string): LossCounts | undefined {
  if (!lab.switch.exists) return undefined;
  const atSwitch = lab.switch.network();
  try {
    const cable = cablesOf(lab.topology).find((each) => each.port === port);
    return cable && lossCounts(atSwitch, bridgeSide(atSwitch, cable));
  } finally {
    atSwitch.close();
  }
}
