import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { findProgram } from "./find-program.js";
import type { Host } from "./host.js";
import { identify } from "./processes.js";
import { type Start, serviceOn } from "./service.js";
import { folderOf, type LabProcess } from "./state.js";
import type { KeepalivedSpec } from "./topology.js";

/** Where keepalived puts its process id, and what it reads, in the terms of its host. */
export const keepalivedPidFile = "/run/keepalived.pid";
export const keepalivedFile = "/etc/keepalived/keepalived.conf";

/** How long it may take to begin, in milliseconds. */
const patience = 20_000;

/**
 * Starts keepalived on a host with the file that is on its disk. It lives on when this process ends.
 * @returns once its own process id is in its file.
 * @throws RondoError "keepalived-failed" with what it said.
 */
export async function startKeepalived(
  host: Host,
  { lab, program = "rondo" }: { readonly lab: string } & Pick<KeepalivedSpec, "program">,
): Promise<LabProcess> {
  const log = join(folderOf(lab), `${host.name}-keepalived.log`);
  const pid = await launchKeepalived(program, host, log, (...how) => host.spawn(...how));
  const process_ = identify(pid);
  if (!process_) throw failure(host.name, "it ended at once");
  return { ...process_, what: program === "debian" ? "Debian's keepalived" : "keepalived" };
}

/**
 * As {@link startKeepalived}, on the host that `start` starts programs on.
 * @returns its process id, as this process sees it.
 */
export async function launchKeepalived(
  program: NonNullable<KeepalivedSpec["program"]>,
  { name, root }: Pick<Host, "name" | "root">,
  log: string,
  start: Start,
): Promise<number> {
  const words = ["-n", "-l", "-D", "-f", keepalivedFile];
  const [command, ...before] =
    program === "debian" ? [debianKeepalived()] : [process.execPath, rondoPath, "keepalived"];
  const file = openSync(log, "a");
  const child = start(command!, [...before, ...words], {
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
  const pidFile = join(root, keepalivedPidFile);
  for (let waited = 0; !existsSync(pidFile) && !ended && waited < patience; waited += 10) await sleep(10);
  if (ended || child.pid === undefined || !existsSync(pidFile)) {
    if (!ended) child.kill("SIGKILL");
    throw failure(name, said(log) || "it said nothing");
  }
  child.unref();
  return child.pid;
}

/** An address that keepalived gives, and the host with the highest priority for it. */
export interface Election {
  readonly address: string;
  readonly master: Host | undefined;
}

/** How long who has an address may be another than the one with the highest priority, in milliseconds. */
const preempting = 10_000;

/**
 * Waits until each of the addresses is at its master and nowhere else: keepalived gives them, seconds after it has begun. Where
 * another keeps it (with nopreempt, say), that is as good after a while.
 * @throws RondoError "vip-nowhere"; what aborted the signal.
 */
export async function awaitMasters(
  hosts: readonly Host[],
  elections: readonly Election[],
  signal?: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += 20) {
    const there = hosts.map((host) => ({ host, addresses: addressesOf(host) }));
    const open = elections.filter(({ address, master }) => {
      const holders = there.filter(({ addresses }) => addresses.includes(address));
      return holders.length !== 1 || (waited < preempting && master && holders[0]?.host !== master);
    });
    if (open.length === 0) return;
    if (waited > patience)
      throw new RondoError(
        "vip-nowhere",
        `keepalived of ${hosts.map(({ name }) => name).join(" and ")} is up, but ${open.map(({ address }) => address).join(", ")} is not at one of them`,
      );
    await sleep(20, undefined, signal && { signal });
  }
}

function addressesOf(host: Host): string[] {
  const network = host.network();
  try {
    return network.addresses.list().map(({ address }) => address.toString());
  } finally {
    network.close();
  }
}

/** A host's keepalived, whoever started it, as the machine sees it. */
export function keepalivedOn(host: Host): LabProcess | undefined {
  const found = serviceOn(host, keepalivedPidFile);
  return found && { ...found, what: "keepalived" };
}

/** The machine's own. @throws RondoError "no-command" */
function debianKeepalived(): string {
  return findProgram("keepalived", "/usr/sbin:/usr/bin:/sbin:/bin");
}

const said = (log: string) => readFileSync(log, "utf8").trim().split("\n").slice(-20).join("\n");

const failure = (host: string, why: string) =>
  new RondoError("keepalived-failed", `keepalived of ${host} did not start: ${why}`);
