import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { findProgram } from "./find-program.js";
import type { Host } from "./host.js";
import { identify } from "./processes.js";
import { contents, type Start, serviceOn } from "./service.js";
import { folderOf, type LabProcess } from "./state.js";

/** A program that serves on a host by a configuration file, and puts its process id into a file once it does. */
export interface DaemonKind {
  /** "keepalived": of the command, the log, and what `rondo lab status` shows. */
  readonly name: string;
  /** Where it puts its process id, in the terms of its host. */
  readonly pidFile: string;
  /** What it reads, likewise. */
  readonly file: string;
  /** What it is started with, besides its own words for it. */
  readonly words: readonly string[];
}

/** Whose program: this Rondo's, or the machine's own, which has to be installed. */
export type Whose = "rondo" | "debian";

/** How long it may take to begin, in milliseconds. */
const patience = 20_000;

/**
 * Starts one on a host with the file that is on its disk. It lives on when this process ends.
 * @returns once its own process id is in its file.
 * @throws RondoError "keepalived-failed" or of its own name, with what it said.
 */
export async function startDaemon(
  kind: DaemonKind,
  host: Host,
  lab: string,
  program: Whose = "rondo",
): Promise<LabProcess> {
  const log = join(folderOf(lab), `${host.name}-${kind.name}.log`);
  const pid = await launchDaemon(kind, program, host, log, (...how) => host.spawn(...how));
  const process_ = identify(pid);
  if (!process_) throw failure(kind, host.name, "it ended at once");
  return { ...process_, what: program === "debian" ? `Debian's ${kind.name}` : kind.name };
}

/**
 * As {@link startDaemon}, on the host that `start` starts programs on.
 * @returns its process id, as this process sees it.
 */
export async function launchDaemon(
  kind: DaemonKind,
  program: Whose,
  { name, root }: Pick<Host, "name" | "root">,
  log: string,
  start: Start,
): Promise<number> {
  const [command, ...before] =
    program === "debian" ? [ofTheMachine(kind.name)] : [process.execPath, rondoPath, kind.name];
  // One that was ended by force leaves its own, which would say that this one serves.
  const pidFile = join(root, kind.pidFile);
  rmSync(pidFile, { force: true });
  const file = openSync(log, "a");
  const child = start(command!, [...before, ...kind.words], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", () => {
    ended = true;
  });
  // HAProxy makes the file while it may, and writes into it once it serves.
  const serves = () => (contents(pidFile) ?? "").trim() !== "";
  for (let waited = 0; !serves() && !ended && waited < patience; waited += 10) await sleep(10);
  if (ended || child.pid === undefined || !serves()) {
    if (!ended) child.kill("SIGKILL");
    throw failure(kind, name, said(log) || "it said nothing");
  }
  child.unref();
  return child.pid;
}

/** A host's, whoever started it, as the machine sees it. */
export function daemonOn(kind: DaemonKind, host: Host): LabProcess | undefined {
  const found = serviceOn(host, kind.pidFile);
  return found && { ...found, what: kind.name };
}

/** @throws RondoError "no-command" */
function ofTheMachine(name: string): string {
  return findProgram(name, "/usr/sbin:/usr/bin:/sbin:/bin");
}

const said = (log: string) => readFileSync(log, "utf8").trim().split("\n").slice(-20).join("\n");

const failure = (kind: DaemonKind, host: string, why: string) =>
  new RondoError(`${kind.name}-failed`, `${kind.name} of ${host} did not start: ${why}`);
