import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../../errors.js";
import { signalProcess } from "../../sys/index.js";
import type { Host } from "../host.js";
import { endProcesses, identify, isAlive } from "../processes.js";
import { launch } from "../service.js";
import { folderOf, type LabProcess } from "../state.js";
import type { DelayOptions } from "./delay-line.js";

/** What a relay is told when it starts. */
export interface RelayConfig {
  readonly lab: string;
  readonly port: string;
  /** Its other end: what stands in the port's place at the bridge. */
  readonly other: string;
  /** Where it reads how long it holds frames: when it starts, and at SIGHUP. */
  readonly settings: string;
  /** Where it tells what it has done. */
  readonly counts: string;
}

/** What a relay has done so far. */
export interface RelayCounts {
  readonly frames: number;
  /** Frames for which its queue had no room, or which were too long. */
  readonly dropped: number;
}

const settingsOf = (lab: string, port: string) => join(folderOf(lab), `relay-${port}.json`);
const countsOf = (lab: string, port: string) => join(folderOf(lab), `relay-${port}-counts.json`);

/** What a relay reads: how long it holds frames. Until it is to begin, it lets them go by. */
export interface RelaySettings extends DelayOptions {
  readonly waits?: true;
}

/**
 * Starts the process that carries frames between a port and what stands in its place. It begins with {@link changeRelay}:
 * starting takes longer than a cable should be dark.
 * @throws RondoError "relay-failed" with what it said.
 */
export async function startRelay(
  theSwitch: Host,
  lab: string,
  ends: { port: string; other: string },
  delay: DelayOptions,
): Promise<LabProcess> {
  const { port } = ends;
  const config: RelayConfig = { lab, ...ends, settings: settingsOf(lab, port), counts: countsOf(lab, port) };
  writeFileSync(config.settings, JSON.stringify({ ...delay, waits: true } satisfies RelaySettings));
  writeFileSync(config.counts, JSON.stringify({ frames: 0, dropped: 0 } satisfies RelayCounts));
  const process_ = await startDetached(theSwitch, "relay", config, `relay-${port}.log`, lab);
  return { ...process_, what: `relay of ${port}` };
}

/** Has a relay begin, or hold frames for another time. False if it is not there any more. */
export function changeRelay(lab: string, port: string, relay: LabProcess, delay: DelayOptions): boolean {
  if (!isAlive(relay)) return false;
  writeFileSync(settingsOf(lab, port), JSON.stringify(delay satisfies RelaySettings));
  return signalProcess(relay.pid, "SIGHUP");
}

/** What a relay tells; up to a second old. */
export function relayCounts(lab: string, port: string): RelayCounts | undefined {
  try {
    return JSON.parse(readFileSync(countsOf(lab, port), "utf8"));
  } catch {
    return undefined;
  }
}

/** Ends a process of a fault, if it is there. */
export async function endFaultProcess(process_: LabProcess | undefined): Promise<void> {
  if (process_) await endProcesses(() => [process_].filter(isAlive));
}

/**
 * Starts a program of the lab in the switch's network, to live on when this process ends.
 * @throws RondoError "PROGRAM-failed" with what it said.
 */
export async function startDetached(
  theSwitch: Host,
  program: "relay" | "flap",
  config: object,
  logName: string,
  lab: string,
): Promise<{ pid: number; startTime: number }> {
  const log = join(folderOf(lab), logName);
  try {
    const pid = await launch(program, config, log, (...start) => theSwitch.spawn(...start));
    const found = identify(pid);
    if (found) return found;
    throw new Error("it ended at once");
  } catch (error) {
    throw new RondoError(`${program}-failed`, `the ${program} did not start: ${(error as Error).message}`);
  }
}
