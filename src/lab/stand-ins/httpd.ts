import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { signalProcess } from "../../sys/index.js";
import { launchWebServer, webPidFile } from "../web-server.js";
import type { Standing } from "./out.js";

/** The lab's web server on the host that this process is on, serving the host's /var/www/html at port 80. */
export const httpd = {
  get pid(): number | undefined {
    const pid = existsSync(webPidFile) ? Number(readFileSync(webPidFile, "utf8")) : 0;
    return pid > 0 && existsSync(`/proc/${pid}`) ? pid : undefined;
  },

  async start({ lab }: Standing): Promise<void> {
    if (this.pid !== undefined) return;
    await launchWebServer({ lab, host: hostname(), port: 80 }, "/var/log/httpd.log", spawn);
  },

  async stop(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    signalProcess(pid, "SIGTERM");
    for (let waited = 0; this.pid === pid && waited < 2000; waited += 5) await sleep(5);
    if (this.pid === pid) signalProcess(pid, "SIGKILL");
  },
};
