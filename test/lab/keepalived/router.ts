import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withNetworkNamespace } from "../../../src/sys/index.js";
import type { Place } from "../netlink-places.js";
import { rondo } from "../running.js";

/** Whose keepalived a router runs: Debian's, or this one. */
export type Maker = "real" | "ours";

/** A host that runs a keepalived of either maker, with its interface `eth0` at a port of the switch. */
export class Router {
  readonly maker: Maker;
  readonly place: Place;
  readonly #switch: Place;
  readonly #port: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "rondo-keepalived-"));
  #child: ChildProcess | undefined;
  #log = "";

  constructor(maker: Maker, place: Place, theSwitch: Place, port: string) {
    this.maker = maker;
    this.place = place;
    this.#switch = theSwitch;
    this.#port = port;
  }

  /** What it has logged since it was made. */
  get log(): string {
    return this.#log;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it with this keepalived.conf; without one, with the last. */
  start(config?: string): void {
    const file = join(this.#folder, "keepalived.conf");
    if (config !== undefined) writeFileSync(file, config);
    const own = ["-n", "-l", "-D", "-f", file, "-p", this.#file("pid"), "-r", this.#file("vrrp.pid")];
    const [program, ...words] =
      this.maker === "real"
        ? ["keepalived", "-G", ...own, "-c", this.#file("checkers.pid"), "-b", this.#file("bfd.pid")]
        : [process.execPath, rondo, "keepalived", ...own];
    const child = withNetworkNamespace(this.place.namespace, () =>
      spawn(program!, words, { stdio: ["ignore", "pipe", "pipe"], cwd: "/", detached: true }),
    );
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data: Buffer) => {
        this.#log += data.toString();
      });
    this.#child = child;
  }

  /** Waits for a line of the log that comes after `from` characters of it; the index behind it. */
  async logged(wanted: RegExp, from = 0, patience = 20_000): Promise<number> {
    for (let waited = 0; ; waited += 10) {
      const found = wanted.exec(this.#log.slice(from));
      if (found) return from + found.index + found[0].length;
      if (waited > patience || this.#hasEnded)
        throw new Error(`${this.maker}: no ${wanted} in what it logged:\n${this.#log.slice(from)}`);
      await sleep(10);
    }
  }

  /** Whether the address is on any of its interfaces. */
  has(address: string): boolean {
    return this.place.network.addresses.list().some((own) => `${own.address}` === address);
  }

  /** Asks it to stop, and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || this.#hasEnded) return;
    child.kill(signal);
    await once(child, "exit");
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Its processes by what the kernel calls them, those that it started among them. */
  processes(): number[] {
    const found = [this.pid];
    for (const pid of found) found.push(...childrenOf(pid));
    return found.filter((pid) => pid > 0);
  }

  killAll(): void {
    for (const pid of this.processes())
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended.
      }
  }

  /** Its cable goes dead, as when a machine loses its power. */
  unplug(): void {
    this.#switch.network.links.down(this.#port);
  }

  plug(): void {
    this.#switch.network.links.up(this.#port);
  }

  remove(): void {
    this.killAll();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #hasEnded(): boolean {
    const child = this.#child;
    return !child || child.exitCode !== null || child.signalCode !== null;
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}
