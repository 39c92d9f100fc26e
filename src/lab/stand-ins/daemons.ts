import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { signalProcess } from "../../sys/index.js";
import { type DaemonKind, launchDaemon } from "../daemon.js";
import { haproxy as haproxyKind } from "../haproxy.js";
import { keepalived as keepalivedKind } from "../keepalived.js";
import { nginx as nginxKind } from "../nginx.js";
import { exportsFile, launchStore, ownExports, storePidFile } from "../store/index.js";
import { launchWebServer, webPidFile } from "../web-server.js";
import type { Standing } from "./out.js";

/** How long a signal may take to end one, in milliseconds. */
const usualPatience = 2000;

/** A program of the lab's on the host that this process is on, which `systemctl` starts and stops. */
export class Daemon {
  readonly #pidFile: string;
  readonly #launch: (standing: Standing) => Promise<unknown>;
  readonly #patience: number;

  constructor(
    pidFile: string,
    launch: (standing: Standing) => Promise<unknown>,
    patience: number = usualPatience,
  ) {
    this.#pidFile = pidFile;
    this.#launch = launch;
    this.#patience = patience;
  }

  get pid(): number | undefined {
    const pid = existsSync(this.#pidFile) ? Number(readFileSync(this.#pidFile, "utf8")) : 0;
    return pid > 0 && existsSync(`/proc/${pid}`) ? pid : undefined;
  }

  isActive(): boolean {
    return this.pid !== undefined;
  }

  async start(standing: Standing): Promise<number> {
    if (this.pid === undefined) await this.#launch(standing);
    return 0;
  }

  /** Has it read its files again. */
  reload({ complain }: Standing): number {
    const { pid } = this;
    if (pid === undefined) {
      complain("it isn't running");
      return 1;
    }
    signalProcess(pid, "SIGHUP");
    return 0;
  }

  async stop(): Promise<number> {
    const { pid } = this;
    if (pid === undefined) return 0;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (this.pid !== pid) break;
      signalProcess(pid, signal);
      // One that is suspended has to go on to end, as with systemd.
      signalProcess(pid, "SIGCONT");
      for (let waited = 0; this.pid === pid && waited < this.#patience; waited += 5) await sleep(5);
    }
    return 0;
  }
}

/** The lab's web server, serving the host's /var/www/html at port 80. */
export const httpd = new Daemon(webPidFile, ({ lab }) =>
  launchWebServer({ lab, host: hostname(), port: 80 }, "/var/log/httpd.log", spawn),
);

/** This Rondo's, with the file on the host's disk. */
const ours = (kind: DaemonKind) =>
  new Daemon(
    kind.pidFile,
    () => launchDaemon(kind, "rondo", { name: hostname(), root: "/" }, `/var/log/${kind.name}.log`, spawn),
    10_000,
  );

/** When it stops it waits until the other has the VIP. */
export const keepalived = ours(keepalivedKind);

export const haproxy = ours(haproxyKind);

export const nginx = ours(nginxKind);

const fileService = new Daemon(storePidFile, ({ lab }) =>
  launchStore({ lab, host: hostname() }, "/var/log/store.log", spawn),
);

/** The file service, on a host that is a store. */
export const store = {
  start: (standing: Standing): Promise<number> | number => {
    if (ownExports()) return fileService.start(standing);
    standing.complain(`this host is no store: it has no ${exportsFile}`);
    return 5;
  },
  stop: () => fileService.stop(),
  isActive: () => fileService.isActive(),
};
