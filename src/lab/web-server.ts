import type { ChildProcess, SpawnOptions } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";
import type { Host } from "./host.js";
import { webRoot } from "./host-files.js";
import { identify, processesIn } from "./processes.js";
import { programPath } from "./programs.js";
import { folderOf, type LabProcess } from "./state.js";

/** What the web server is told when it is started. */
export interface WebServerConfig {
  readonly port: number;
  /** The folder whose files it serves. */
  readonly root: string;
  readonly lab: string;
  /** Its host's name, which it tells in the header X-Server. */
  readonly host: string;
}

/** Where a web server puts its process id, in the terms of its host. */
export const webPidFile = "/run/httpd.pid";

/**
 * Starts a host's web server, which lives on when this process ends. It serves the host's /var/www/html; besides, `/bytes/N` answers
 * with N bytes, `/slow/SECONDS` for that long with 1 kB every 100 ms; what is PUT or POSTed is counted and acknowledged.
 *
 * @returns once it listens.
 * @throws RondoError "web-server-failed" with what it said.
 */
export async function startWebServer(
  host: Host,
  { lab, port }: { readonly lab: string; readonly port: number },
): Promise<LabProcess> {
  const log = join(folderOf(lab), `${host.name}-web.log`);
  const pid = await launchWebServer({ lab, port, host: host.name }, log, (...how) => host.spawn(...how));
  const process_ = identify(pid);
  if (!process_) throw failure(host.name, log);
  return { ...process_, what: `web server on port ${port}` };
}

/**
 * As {@link startWebServer}, on the host that `start` starts programs on.
 * @returns its process id, as this process sees it.
 */
export async function launchWebServer(
  wanted: Omit<WebServerConfig, "root">,
  log: string,
  start: (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess,
): Promise<number> {
  const config: WebServerConfig = { ...wanted, root: webRoot };
  const file = openSync(log, "w");
  const child = start(process.execPath, [programPath("web-server"), JSON.stringify(config)], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", "pipe", file],
  });
  closeSync(file);
  const ready = await new Promise<boolean>((resolve) => {
    child.stdout!.once("data", () => resolve(true));
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
  });
  if (!ready || child.pid === undefined) throw failure(wanted.host, log);
  child.stdout!.destroy();
  child.unref();
  return child.pid;
}

/** A host's web server, whoever started it, as the machine sees it. */
export function webServerOn(host: Host): LabProcess | undefined {
  if (!host.init) return undefined;
  const own = contents(join(host.root, webPidFile));
  if (own === undefined) return undefined;
  const found = processesIn([host.namespace]).find(({ pid }) => {
    const ids =
      /^NSpid:(.*)$/m
        .exec(contents(`/proc/${pid}/status`) ?? "")?.[1]
        ?.trim()
        .split(/\s+/) ?? [];
    return ids.length > 1 && ids.at(-1) === own.trim();
  });
  return found && { ...found, what: "web server on port 80" };
}

function contents(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const failure = (host: string, log: string) =>
  new RondoError(
    "web-server-failed",
    `the web server of ${host} did not start: ${readFileSync(log, "utf8").trim() || "it said nothing"}`,
  );
