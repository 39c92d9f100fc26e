import { spawn, spawnSync } from "node:child_process";
import { createSocket, type RemoteInfo } from "node:dgram";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { rondoPath } from "../../src/package-root.js";
import { freePort } from "../support/free-ports.js";
import { serves, until } from "./haproxy-running.js";

/** What a test of `rondo nginx` has: a folder with its configuration, its logs and its pid file, and a port. */
export class NginxPlace {
  readonly folder: string;
  readonly port: number;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  static async make(t: TestContext): Promise<NginxPlace> {
    const folder = mkdtempSync(join(tmpdir(), `rondo-nginx-${process.pid}-`));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    return new NginxPlace(folder, await freePort());
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "latin1") : "";
  }

  /** Writes the configuration: what a server's block has, what http has, and main. */
  configure(
    server: string,
    { main = "", http = "", events = "" }: { main?: string; http?: string; events?: string } = {},
  ): void {
    writeFileSync(
      this.path("nginx.conf"),
      // The folder is this user's alone.
      `${process.geteuid!() === 0 ? "user root;" : ""}
error_log ${this.path("error.log")} notice;
pid ${this.path("nginx.pid")};
${main}
events { ${events} }
http {
  access_log ${this.path("access.log")};
  ${http}
  server { listen 127.0.0.1:${this.port}; ${server} }
}
`,
    );
  }

  /** Words that name this place. */
  get words(): string[] {
    return ["nginx", "-p", this.folder, "-c", this.path("nginx.conf")];
  }

  /** Runs it to its end. */
  run(...words: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [rondoPath, ...this.words, ...words], {
      encoding: "latin1",
      timeout: 60_000,
    });
    return { status, stdout, stderr };
  }

  /** Runs it in the foreground, and waits until it answers. Its worker ends with it. */
  async start(t: TestContext, globals = "", env: NodeJS.ProcessEnv = {}): Promise<RunningNginx> {
    const running = this.launch(t, globals, env);
    await serves(this.port);
    return running;
  }

  launch(t: TestContext, globals = "", env: NodeJS.ProcessEnv = {}): RunningNginx {
    const child = spawn(process.execPath, [rondoPath, ...this.words, "-g", `daemon off; ${globals}`], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env },
    });
    let said = "";
    child.stderr.on("data", (text) => (said += text));
    const ended = new Promise<number | string>((resolve) =>
      child.once("exit", (status, signal) => resolve(status ?? signal ?? "")),
    );
    t.after(() => child.kill("SIGKILL"));
    return {
      pid: child.pid!,
      ended,
      said: () => said,
      signal: (signal) => void child.kill(signal),
    };
  }

  /** The error log, when it says this. */
  logged(pattern: RegExp): Promise<string> {
    return until(`${pattern} in ${this.read("error.log")}`, () => {
      const text = this.read("error.log");
      return pattern.test(text) ? text : undefined;
    });
  }

  /** Numbers of the workers that were started, in their order. */
  get workers(): number[] {
    return [...this.read("error.log").matchAll(/start worker process (\d+)/g)].map((found) =>
      Number(found[1]),
    );
  }
}

export interface RunningNginx {
  readonly pid: number;
  readonly ended: Promise<number | string>;
  readonly said: () => string;
  signal(signal: NodeJS.Signals): void;
}

/** Whether a process is there. */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return false;
  }
}

interface Came {
  readonly text: string;
  readonly from: RemoteInfo;
}

/** A UDP socket at 127.0.0.1, by default at any port. What comes is given in order to who asks `next`. */
export async function udpPeer(t: TestContext, port = 0) {
  const socket = createSocket("udp4");
  const came: Came[] = [];
  const asking: ((came: Came) => void)[] = [];
  socket.on("message", (bytes, from) => {
    const message = { text: bytes.toString("latin1"), from };
    const first = asking.shift();
    if (first === undefined) came.push(message);
    else first(message);
  });
  t.after(() => socket.close());
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", resolve);
  });
  return {
    port: socket.address().port,
    send: (text: string, port: number) => socket.send(text, port, "127.0.0.1"),
    next: (): Promise<Came> => {
      const message = came.shift();
      return message === undefined
        ? new Promise((resolve) => asking.push(resolve))
        : Promise.resolve(message);
    },
    /** Nobody asks any more. */
    forget: () => void asking.splice(0),
  };
}

/** A UDP port of 127.0.0.1 that nobody has. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
