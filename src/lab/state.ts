import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";
import { type FolderLock, lockFolder, replaceFile, SystemError } from "../sys/index.js";
import type { Fault } from "./faults/fault.js";
import type { PlainDevice } from "./faults/plain-frames.js";
import type { ProcessId } from "./processes.js";
import type { Topology } from "./topology.js";

/** Where labs are recorded: NAME.json, and a folder NAME that is also the lab's lock. */
const root = "/run/rondo/lab";
const format = 1;

export const hooks = ["xdp", "tc"] as const;
/** Where the director's packet program sits. */
export type Hook = (typeof hooks)[number];

/** A lab as it is recorded while it lives. */
export interface LabState {
  readonly name: string;
  readonly topology: string;
  /** All of it: one of a person's own is in a file that may change or go meanwhile. */
  readonly spec?: Topology;
  /** "up": until somebody takes it down. "run": for the length of one `rondo lab run`. */
  readonly kind: "up" | "run";
  readonly hook: Hook;
  /** Nothing was configured on its hosts: that is left to whoever wanted it so. */
  readonly bare?: true;
  /** "making" until all of it is there. */
  readonly phase: "making" | "up";
  /** ISO 8601 */
  readonly since: string;
  /** Which start of the machine it belongs to: /proc/sys/kernel/random/boot_id. */
  readonly boot: string;
  readonly hosts: readonly HostState[];
  /** What is wrong on purpose, in the order in which it came. */
  readonly faults?: readonly Fault[];
  /** What was changed of hosts' interfaces for it, and is to be changed back. */
  readonly plain?: readonly PlainDevice[];
}

export interface HostState {
  readonly name: string;
  readonly role: string;
  readonly namespace: string;
  readonly addresses: readonly string[];
  readonly processes: readonly LabProcess[];
  /** VIPs that it takes packets for out of tunnels. */
  readonly tunnels?: readonly string[];
}

/** A process that the lab started and that stays. */
export interface LabProcess extends ProcessId {
  /** "web server on port 80" */
  readonly what: string;
}

const isLabName = (name: string) => /^[a-z][a-z0-9-]{0,39}$/.test(name);

/** A name becomes a path, of a folder that is removed with all in it: "" or ".." must never get there. */
export function checkLabName(name: string): void {
  if (isLabName(name)) return;
  throw new RondoError("bad-lab-name", `"${name}" can't be a lab's name`, {
    remedy: "Take up to 40 lower-case letters, digits and hyphens that begin with a letter.",
  });
}

/** The lab's own folder: logs, and the shims for `exec`. @throws RondoError "bad-lab-name" */
export function folderOf(name: string): string {
  checkLabName(name);
  return join(root, name);
}

/** A host's own folder within that: its disk, and who its first process is. */
export function folderOfHost(lab: string, host: string): string {
  return join(folderOf(lab), "hosts", host);
}

const fileOf = (name: string) => join(root, `${name}.json`);

export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Names of labs that are recorded, in alphabetical order. */
export function recordedLabs(): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/** @throws RondoError "lab-state-unreadable" */
export function readState(name: string): LabState | undefined {
  if (!isLabName(name)) return undefined;
  let text: string;
  try {
    text = readFileSync(fileOf(name), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const unreadable = (why: string, cause?: unknown) =>
    new RondoError("lab-state-unreadable", `${fileOf(name)} can't be read: ${why}`, {
      remedy: "Was it written by another version? Take the lab down with that one.",
      cause,
    });
  let value: { format?: unknown };
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable((error as Error).message, error);
  }
  if (value?.format !== format)
    throw unreadable(`its format is ${value?.format}, and this version knows ${format}`);
  return value as unknown as LabState;
}

/** Writes the record whole or not at all: others read either what was or what is. */
export function writeState(state: LabState): void {
  replaceFile(fileOf(state.name), `${JSON.stringify({ format, ...state }, undefined, 2)}\n`);
}

/** Removes the record and the folder. */
export function removeState(name: string): void {
  rmSync(folderOf(name), { recursive: true, force: true });
  for (const file of existsSync(root) ? readdirSync(root) : [])
    if (file === `${name}.json` || (file.startsWith(`${name}.json.`) && /\.\d+$/.test(file)))
      rmSync(join(root, file), { force: true });
}

/**
 * Takes the lock of a lab's name, whether or not there is such a lab.
 * @param patience how long to wait for it, in milliseconds.
 * @throws RondoError "lab-busy", "bad-lab-name"
 */
export function lockLab(name: string, patience: number): FolderLock {
  for (;;) {
    try {
      mkdirSync(folderOf(name), { recursive: true });
      return lockFolder(folderOf(name), patience);
    } catch (error) {
      // Whoever took the lab down removed the folder, which is the lock, between the two lines above.
      if (SystemError.is(error, "ENOENT")) continue;
      if (!(error instanceof RondoError) || error.code !== "folder-locked") throw error;
      throw new RondoError(
        "lab-busy",
        `lab ${name} is being made or taken down by another process at this moment`,
        {
          remedy: "Try again in a few seconds.",
          cause: error,
        },
      );
    }
  }
}
