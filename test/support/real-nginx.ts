import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = "/usr/sbin/nginx";
const STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";

export function nginxIsThere(): boolean {
  return existsSync(PROGRAM);
}

export function nginxStreamIsThere(): boolean {
  return nginxIsThere() && existsSync(STREAM_MODULE);
}

/** A real nginx of a test's own, of one process; everything it has is in a directory. */
export class RealNginx {
  readonly directory: string;
  #child: ChildProcess | undefined;
  stderr = "";

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), `rondo-nginx-${process.pid}-`));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "latin1") : "";
  }

  /** `blocks` are those of http and stream; answers when it listens at the port. */
  async start(blocks: string, port: number, options: { stream?: boolean } = {}): Promise<void> {
    const load = options.stream === true ? `load_module ${STREAM_MODULE};\n` : "";
    const main = `pid ${this.path("pid")};\nworker_processes 1;\nevents {}\n`;
    writeFileSync(this.path("nginx.conf"), `${load}${main}${blocks}\n`);
    const child = spawn(
      PROGRAM,
      [
        "-p",
        this.directory,
        "-c",
        this.path("nginx.conf"),
        "-e",
        "stderr",
        "-g",
        "daemon off; master_process off;",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    this.#child = child;
    child.stderr.on("data", (bytes: Buffer) => {
      this.stderr += bytes.toString();
    });
    while (!(await listens(port))) {
      if (child.exitCode !== null) throw new Error(`nginx ended:\n${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What nginx writes to while it serves http stands below its own directory. */
export function httpPaths(nginx: RealNginx): string {
  const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `access_log off; ${kinds.map((kind) => `${kind}_temp_path ${nginx.path(kind)};`).join(" ")}`;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
