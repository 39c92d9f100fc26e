import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type OutgoingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = "/usr/sbin/haproxy";

export function haproxyIsThere(): boolean {
  return existsSync(PROGRAM);
}

/** A real HAProxy of a test's own: everything it has is in a directory, and it listens at Unix sockets only. */
export class RealHaproxy {
  readonly directory: string;
  #child: ChildProcess | undefined;
  stderr = "";

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), `rondo-haproxy-${process.pid}-`));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** `sections` stand behind a global section with the stats socket and a defaults section. */
  async start(sections: string): Promise<void> {
    writeFileSync(
      this.path("haproxy.cfg"),
      `global
  stats socket ${this.path("admin")} level admin
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
${sections}
`,
    );
    const child = spawn(PROGRAM, ["-db", "-f", this.path("haproxy.cfg")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    child.stderr.on("data", (bytes: Buffer) => {
      this.stderr += bytes.toString();
    });
    const ended = new Promise<never>((_resolve, reject) => {
      child.once("exit", () => reject(new Error(`haproxy ended:\n${this.stderr}`)));
    });
    ended.catch(() => {});
    const ready = async () => {
      for (;;) {
        try {
          await this.command("show version");
          return;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    await Promise.race([ready(), ended]);
  }

  command(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.path("admin"), () => socket.write(`${text}\n`));
      let answer = "";
      socket.on("data", (bytes) => {
        answer += bytes.toString();
      });
      socket.on("end", () => resolve(answer));
      socket.on("error", reject);
    });
  }

  /** The header "x-server" of the answer to a request at a listener, or its status. */
  get(listener: string, path = "/", headers: OutgoingHttpHeaders = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { socketPath: this.path(listener), path, headers, agent: false },
        (response) => {
          response.resume();
          response.on("end", () => resolve(String(response.headers["x-server"] ?? response.statusCode)));
        },
      );
      request.on("error", reject);
      request.end();
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null) {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
