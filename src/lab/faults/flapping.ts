import type { Host } from "../host.js";
import { type LabProcess, lockLab, readState, writeState } from "../state.js";
import type { FlapFault } from "./fault.js";
import { startDetached } from "./relay.js";

/** What the process that flaps a cable is told. */
export interface FlapConfig {
  readonly lab: string;
  readonly port: string;
  /** Milliseconds from one loss of contact to the next: half of them without, half of them with. */
  readonly every: number;
  /** ISO 8601 */
  readonly until: string;
}

/** Starts to flap a cable. @throws RondoError "flap-failed" */
export async function startFlapping(theSwitch: Host, lab: string, fault: FlapFault): Promise<LabProcess> {
  const { port, every, until } = fault;
  const config: FlapConfig = { lab, port, every, until };
  const process_ = await startDetached(theSwitch, "flap", config, `flap-${port}.log`, lab);
  return { ...process_, what: `flapping of ${port}` };
}

/** Whether the lab's record has a flap of this port. */
export function isWanted(lab: string, port: string): boolean {
  return readState(lab)?.faults?.some((fault) => fault.kind === "flap" && fault.port === port) ?? false;
}

/** Strikes a flap whose time is over from the lab's record. */
export function forgetFlap(lab: string, port: string): void {
  const lock = lockLab(lab, 10_000);
  try {
    const state = readState(lab);
    const left = state?.faults?.filter(
      (fault) => !(fault.kind === "flap" && fault.port === port && Date.parse(fault.until) <= Date.now()),
    );
    if (state && left) writeState({ ...state, faults: left });
  } finally {
    lock.release();
  }
}
