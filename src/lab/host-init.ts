import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";
import { withChildrenIn } from "../sys/index.js";
import { findProgram } from "./find-program.js";
import { initScript } from "./init-script.js";
import { identify, type ProcessId } from "./processes.js";
import { saysReady } from "./says-ready.js";

/** Where Debian has what a host is started with: unshare, nsenter, mount; all of packages that every Debian has. */
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** A program that comes with every Debian. @throws RondoError "no-command" */
export const systemProgram = (name: string): string => findProgram(name, systemPath);

/** What of a host its first process is started with. */
export interface InitPlan {
  readonly name: string;
  /** The host's folder on the machine: see docs/decisions/0012-lab-hosts.md. */
  readonly folder: string;
  /** Files that the host's disk has when it is new, by path: { "/etc/hostname": "web1\n" }. */
  readonly files: Readonly<Record<string, string>>;
  /** Does work with the calling thread in the host's network. */
  within<T>(work: () => T): T;
}

/** Where a host's first process hears of scripts to run, a path a line. */
export const controlOf = (folder: string): string => join(folder, "control");
const recordOf = (folder: string) => join(folder, "init.json");

/**
 * Starts a host's first process: a shell that makes the host's mounts and then does nothing but take in orphans. All other
 * processes of the host end with it.
 *
 * @returns once the host has its mounts and its name.
 * @throws RondoError "no-host" with what it said.
 */
export async function startInit(plan: InitPlan): Promise<void> {
  const { name, folder, files } = plan;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [path, text] of Object.entries(files)) {
    const seed = join(folder, "seed", path);
    mkdirSync(join(seed, ".."), { recursive: true });
    writeFileSync(seed, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
  const log = join(folder, "init.log");
  const file = openSync(log, "w");
  const script = join(folder, "init");
  writeFileSync(script, initScript);
  const words = ["--mount", "--uts", "--propagation", "slave", "--", "/bin/sh", script];
  const child = plan.within(() =>
    withChildrenIn("new", () =>
      spawn(systemProgram("unshare"), [...words, folder, name], {
        detached: true,
        cwd: "/",
        env: { PATH: systemPath },
        stdio: ["ignore", "pipe", file],
      }),
    ),
  );
  closeSync(file);
  const init = child.pid === undefined ? undefined : identify(child.pid);
  if (init) writeFileSync(recordOf(folder), JSON.stringify(init));
  const ready = await saysReady(child);
  if (!ready || !init) {
    const said = readFileSync(log, "utf8").trim();
    throw new RondoError("no-host", `host ${name} did not start: ${said || "it said nothing"}`, {
      ...(said === "" && { remedy: "Is there room for what it says? See `df /run`." }),
    });
  }
  child.stdout!.destroy();
  child.unref();
}

/** The first process of the host with this folder, whether or not it lives; undefined if it was never started. */
export function initOf(folder: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(recordOf(folder), "utf8")) as ProcessId;
  } catch {
    return undefined;
  }
}
