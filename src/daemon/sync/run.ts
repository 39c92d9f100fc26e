import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { openSyncTable } from "../../dataplane/xdp/index.js";
import { RondoError } from "../../errors.js";
import { IpvsError } from "../../ipvs/errors.js";
import type { SyncDaemon } from "../../ipvs/model.js";
import type { SyncTable } from "../../ipvs/sync/index.js";
import { openNetwork } from "../../netlink/index.js";
import {
  fetchWholeTable,
  SyncBackup,
  SyncMaster,
  type SyncSettings,
  WholeTableServer,
} from "../../sync/index.js";
import { openControlSocket } from "../control-socket.js";
import { isAlone } from "./alone.js";
import { beginOf, readNote, type SyncNote, socketOf, syncFolder } from "./place.js";

/** Milliseconds between looks whether the director was reset, and whether anybody else is in the network namespace. */
const resetPeriod = 1000;
const alonePeriod = 5000;
/** Milliseconds that a whole table may take to be put in. */
const putWait = 60_000;

/** A sync daemon at work. */
export interface RunningSync {
  stop(): void;
  /** Settled when nobody but it is left in its network namespace. */
  readonly alone: Promise<void>;
}

/**
 * Begins a half of the sync daemon in the caller's network namespace, and says that it is there. A backup has had the whole table of the master,
 * if there is one that gives it, before this settles.
 * @throws RondoError "daemon-running", "no-device", "no-address", "sync-socket"
 */
export async function runSync(daemon: Required<SyncDaemon>): Promise<RunningSync> {
  const folder = syncFolder();
  const { role } = daemon;
  if (readNote(folder, role)) throw new IpvsError("daemon-running");
  const table = new CurrentTable();
  const tunable = (name: string) => table.ifThere()?.tunable(name) ?? 0;
  const settings = settingsOf(daemon, tunable("sync_ports") || 1, tunable("sync_sock_size"));
  const parts: { stop(): void }[] = [];
  const stopParts = () => {
    for (const part of parts.splice(0)) part.stop();
    table.close();
  };
  try {
    const status = await (role === "master" ? master : backup)(settings, table, parts);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const control = await openControlSocket(socketOf(folder, role), () => ({ ...daemon, ...status() }));
    parts.push({ stop: () => control.close() });
    writeNote(folder, role, { pid: process.pid, began: beginOf(process.pid) ?? "", daemon });
  } catch (error) {
    stopParts();
    // Another one began at the same time.
    if (error instanceof RondoError && error.code === "control-taken") throw new IpvsError("daemon-running");
    if (error instanceof RondoError) throw error;
    throw new RondoError("sync-socket", (error as Error).message, { exitStatus: 255, cause: error });
  }
  let timer: NodeJS.Timeout;
  const alone = new Promise<void>((resolve) => {
    timer = setInterval(() => {
      if (isAlone()) resolve();
    }, alonePeriod);
    timer.unref();
  });
  return {
    alone,
    stop() {
      clearInterval(timer);
      rmSync(`${folder}/${role}.json`, { force: true });
      stopParts();
      removeIfEmpty(folder);
    },
  };
}

type Status = () => object;

async function master(
  settings: SyncSettings,
  table: CurrentTable,
  parts: { stop(): void }[],
): Promise<Status> {
  const running = await SyncMaster.start(settings, () => table.ifThere());
  parts.push(running);
  const server = await WholeTableServer.start(settings, () => table.ifThere());
  parts.push(server);
  return () => ({ ...running.counters, tablesGiven: server.given });
}

async function backup(
  settings: SyncSettings,
  table: CurrentTable,
  parts: { stop(): void }[],
): Promise<Status> {
  const running = await SyncBackup.start(settings, () => table.ifThere());
  parts.push(running);
  const began = performance.now();
  const wholeTable = await fetchWholeTable(settings, running);
  while (running.queued > 0 && performance.now() - began < putWait)
    await new Promise((resolve) => setTimeout(resolve, 2));
  const wholeTableMs = Math.round(performance.now() - began);
  return () => ({ ...running.counters, wholeTable, wholeTableMs, queued: running.queued });
}

function settingsOf(daemon: Required<SyncDaemon>, ports: number, bufferSize: number): SyncSettings {
  const { multicastInterface: interfaceName, group } = daemon;
  const network = openNetwork();
  try {
    const link = network.links.find(interfaceName);
    if (!link) throw new RondoError("no-device", "No such device", { exitStatus: 255 });
    const own = network.addresses
      .list(interfaceName)
      .map(({ address }) => address)
      .filter(({ family }) => family === group.family);
    const isLinkLocal = (text: string) => /^fe[89ab]/i.test(text);
    // As the kernel: a multicast group of IPv6 is spoken to from the link's own address, if there is one.
    const interfaceAddress =
      group.family === 6 ? (own.find((each) => isLinkLocal(each.toString())) ?? own[0]) : own[0];
    if (!interfaceAddress)
      throw new RondoError("no-address", `${interfaceName} has no IPv${group.family} address`, {
        exitStatus: 255,
        remedy: "The sync daemon speaks from the interface's own address: give it one.",
      });
    return {
      role: daemon.role,
      interfaceName,
      interfaceAddress,
      group,
      port: daemon.port,
      ports,
      ttl: daemon.ttl,
      syncId: daemon.syncId,
      maxLength: daemon.maxLength,
      bufferSize,
    };
  } finally {
    network.close();
  }
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // The other half is there.
  }
}

function writeNote(folder: string, role: SyncDaemon["role"], note: SyncNote): void {
  const path = `${folder}/${role}.json`;
  writeFileSync(`${path}.new`, JSON.stringify(note), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The connection table that there is: none after the director was reset, and another one when there is a director again. */
class CurrentTable {
  #table = openSyncTable();
  #lookedAt = performance.now();

  ifThere(): SyncTable | undefined {
    if (performance.now() - this.#lookedAt < resetPeriod) return this.#table;
    this.#lookedAt = performance.now();
    if (this.#table?.isCurrent()) return this.#table;
    this.#table?.close();
    this.#table = openSyncTable();
    return this.#table;
  }

  close(): void {
    this.#table?.close();
    this.#table = undefined;
  }
}
