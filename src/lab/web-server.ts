import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";
import type { Host } from "./host.js";
import { webRoot } from "./host-files.js";
import { identify } from "./processes.js";
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

/**
 * Starts a host's web server, which lives on when this process ends. It serves the host's
 * /var/www/html; besides, `/bytes/N` answers with N bytes, `/slow/SECONDS` for that long with 1 kB every 100 ms; what is PUT or POSTed is counted and acknowledged.
 *
 * @returns once it listens.
 * @throws RondoError "web-server-failed" with what it said.
 */
export async function startWebServer(
  host: Host,
  { lab, port }: { readonly lab: string; readonly port: number },
): Promise<LabProcess> {
  const config: WebServerConfig = { lab, port, host: host.name, root: webRoot };
  const log = join(folderOf(lab), `${host.name}-web.log`);
  const file = openSync(log, "w");
  const child = host.spawn(process.execPath, [programPath("web-server"), JSON.stringify(config)], {
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
  const process_ = child.pid === undefined ? undefined : identify(child.pid);
  if (!ready || !process_)
    throw new RondoError(
      "web-server-failed",
      `the web server of ${host.name} did not start: ${readFileSync(log, "utf8").trim() || "it said nothing"}`,
    );
  child.stdout!.destroy();
  child.unref();
  return { ...process_, what: `web server on port ${port}` };
}
