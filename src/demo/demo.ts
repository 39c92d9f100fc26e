import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { demoConfig } from "./config.js";
import { WebServer } from "./web-servers.js";

/** How long the proxy may take to begin, and one request to be answered; milliseconds. */
const startPatience = 20_000;
const requestPatience = 5000;

/** What the password of the statistics' page is: nothing but this machine can reach it. */
const password = "admin";

/** A server as the proxy's statistics have it. */
export interface ServerFigures {
  readonly name: string;
  /** "UP", "DOWN 1/2" … */
  readonly status: string;
  readonly weight: number;
  readonly requests: number;
}

/** Three small web servers and our proxy before them, on this machine's own 127.0.0.1. Needs no rights that not everybody has. */
export class Demo {
  readonly servers: readonly WebServer[] = ["web1", "web2", "web3"].map((name) => new WebServer(name));
  readonly port: number;
  readonly file: string;
  readonly #folder: string;
  readonly #agent = new Agent({ keepAlive: true });
  #proxy: ChildProcess | undefined;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    this.file = join(folder, "haproxy.cfg");
  }

  /**
   * @param port of the proxy; 0 for any that is free.
   * @throws RondoError "port-taken", "demo-failed" with what the proxy said; nothing is left then.
   */
  static async start(port: number): Promise<Demo> {
    const demo = new Demo(await freePort(port), mkdtempSync(join(tmpdir(), "rondo-demo-")));
    try {
      for (const server of demo.servers) await server.start();
      writeFileSync(demo.file, demoConfig(demo.port, demo.servers, password));
      await demo.#startProxy();
      return demo;
    } catch (error) {
      await demo.stop();
      throw error;
    }
  }

  get site(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  get stats(): { readonly url: string; readonly user: string; readonly password: string } {
    return { url: `${this.site}stats`, user: "admin", password };
  }

  /** Asks for the page, and gives which server answered. @throws Error of the connection, or with the status. */
  async ask(): Promise<string> {
    const { headers, status } = await this.#get("/");
    const server = headers["x-server"];
    if (status !== 200 || typeof server !== "string") throw new Error(`status ${status}`);
    return server;
  }

  /** What the proxy counts. */
  async figures(): Promise<ServerFigures[]> {
    const { body } = await this.#get("/stats;csv", `${this.stats.user}:${password}`);
    const [head = "", ...lines] = body.trim().split("\n");
    const names = head.replace(/^# /, "").split(",");
    return lines
      .map((line) => line.split(","))
      .map((cells) => (name: string) => cells[names.indexOf(name)] ?? "")
      .filter((cell) => cell("pxname") === "web" && cell("svname") !== "BACKEND")
      .map((cell) => ({
        name: cell("svname"),
        status: cell("status"),
        weight: Number(cell("weight")),
        requests: Number(cell("stot")),
      }));
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    const proxy = this.#proxy;
    if (proxy && proxy.exitCode === null && proxy.signalCode === null) {
      const gone = new Promise((resolve) => proxy.once("exit", resolve));
      proxy.kill("SIGTERM");
      const forced = setTimeout(() => proxy.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(forced);
    }
    for (const server of this.servers) await server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What the proxy ended with, should it have ended by itself. */
  get ended(): boolean {
    return this.#proxy !== undefined && (this.#proxy.exitCode !== null || this.#proxy.signalCode !== null);
  }

  async #startProxy(): Promise<void> {
    const proxy = spawn(process.execPath, [rondoPath, "haproxy", "-db", "-f", this.file], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#proxy = proxy;
    let said = "";
    proxy.stderr.on("data", (data: Buffer) => {
      said = `${said}${data}`.slice(-4000);
    });
    for (let waited = 0; waited < startPatience && !this.ended; waited += 20) {
      // A server that was not checked yet is "UP 1/2".
      if ((await accepts(this.port)) && (await this.figures()).every(({ status }) => status === "UP")) return;
      await sleep(20);
    }
    throw new RondoError("demo-failed", `the proxy did not start: ${said.trim() || "it said nothing"}`);
  }

  #get(path: string, auth?: string) {
    return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>(
      (resolve, reject) => {
        const options = {
          host: "127.0.0.1",
          port: this.port,
          path,
          agent: this.#agent,
          ...(auth && { auth }),
        };
        const asked = request(options, (response) => {
          let body = "";
          response.setEncoding("utf8");
          response.on("data", (text: string) => {
            body += text;
          });
          response.once("error", reject);
          response.once("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          );
        });
        asked.setTimeout(requestPatience, () => asked.destroy(new Error("no answer")));
        asked.once("error", reject);
        asked.end();
      },
    );
  }
}

/** @throws RondoError "port-taken" */
async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  return await new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new RondoError("port-taken", `port ${wanted} of 127.0.0.1 can't be used: ${error.code}`, {
          remedy: "Choose another one with --port, or 0 for any that is free.",
          cause: error,
        }),
      ),
    );
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : wanted));
    });
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
