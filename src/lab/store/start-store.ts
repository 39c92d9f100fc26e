import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../../errors.js";
import type { Host } from "../host.js";
import { identify } from "../processes.js";
import { launch, type Start, serviceOn } from "../service.js";
import { folderOf, type LabProcess } from "../state.js";
import { type Exports, exportsFile } from "./place.js";

/** What a file service is told when it is started; all else is in its host's exports. */
export interface StoreConfig {
  readonly lab: string;
  readonly host: string;
}

/** Where a file service puts its process id, in the terms of its host. */
export const storePidFile = "/run/store.pid";

/** What the host that this process is on gives to others, if it is a store. */
export function ownExports(): Exports | undefined {
  return existsSync(exportsFile) ? JSON.parse(readFileSync(exportsFile, "utf8")) : undefined;
}

/**
 * Starts the file service of a store, which lives on when this process ends.
 * @returns once it listens.
 * @throws RondoError "store-failed" with what it said.
 */
export async function startStore(host: Host, lab: string): Promise<LabProcess> {
  const log = join(folderOf(lab), `${host.name}-store.log`);
  const process_ = identify(await launchStore({ lab, host: host.name }, log, (...how) => host.spawn(...how)));
  if (!process_) throw failure(host.name, "it ended at once");
  return { ...process_, what: "file service" };
}

/** As {@link startStore}, on the host that `start` starts programs on. */
export async function launchStore(config: StoreConfig, log: string, start: Start): Promise<number> {
  return await launch("store", config, log, start).catch((error: Error) => {
    throw failure(config.host, error.message);
  });
}

/** A host's file service, whoever started it, as the machine sees it. */
export function storeOn(host: Host): LabProcess | undefined {
  const found = serviceOn(host, storePidFile);
  return found && { ...found, what: "file service" };
}

const failure = (host: string, why: string) =>
  new RondoError("store-failed", `the file service of ${host} did not start: ${why}`);
