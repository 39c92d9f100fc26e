import { join } from "node:path";
import { RondoError } from "../errors.js";
import type { Host } from "./host.js";
import { webRoot } from "./host-files.js";
import { identify } from "./processes.js";
import { launch, type Start, serviceOn } from "./service.js";
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
 * with N bytes, `/slow/SECONDS` for that long with 1 kB every 100 ms; what is PUT or POSTed is counted and acknowledged. With a
 * store it serves that one's files, too, and clients may change those below /shared/.
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
  if (!process_) throw failure(host.name, "it ended at once");
  return { ...process_, what: `web server on port ${port}` };
}

/**
 * As {@link startWebServer}, on the host that `start` starts programs on.
 * @returns its process id, as this process sees it.
 */
export async function launchWebServer(
  wanted: Omit<WebServerConfig, "root">,
  log: string,
  start: Start,
): Promise<number> {
  const config: WebServerConfig = { ...wanted, root: webRoot };
  return await launch("web-server", config, log, start).catch((error: Error) => {
    throw failure(wanted.host, error.message);
  });
}

/** A host's web server, whoever started it, as the machine sees it. */
export function webServerOn(host: Host): LabProcess | undefined {
  const found = serviceOn(host, webPidFile);
  return found && { ...found, what: "web server on port 80" };
}

const failure = (host: string, why: string) =>
  new RondoError("web-server-failed", `the web server of ${host} did not start: ${why}`);
