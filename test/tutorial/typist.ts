import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rondo } from "../lab/running.js";
import { Terminal } from "../lab/terminal.js";
import { type Block, namedLab, type Typed } from "./blocks.js";

/** What a command did. */
export interface Done extends How {
  readonly typed: Typed;
  /** The status that the text says. */
  readonly wantedStatus: number;
}

interface How {
  readonly status: number | null;
  readonly output: string;
}

/** Types a tutorial's blocks, in a lab of a name of its own, at a terminal for each host. */
export class Typist {
  readonly #lab: string;
  /** The name that the lab has in the text, which is its topology's. */
  #topology = "";
  readonly #terminals = new Map<string, Terminal>();

  constructor(lab: string) {
    this.#lab = lab;
  }

  /** Types a block; if its last command goes on, also the next one meanwhile. */
  async type(block: Block, next?: Block): Promise<Done[]> {
    const done: Done[] = [];
    const last = block.meanwhile ? block.typed.at(-1) : undefined;
    for (const [index, typed] of block.typed.entries()) {
      if (typed === last) break;
      const wantedStatus = index === block.typed.length - 1 ? block.status : 0;
      const how = typed.host === undefined ? await this.#atMachine(typed) : await this.#atHost(typed);
      done.push({ typed, wantedStatus, ...how });
    }
    if (!last) return done;
    // In the shell's place, so that Ctrl-C reaches it.
    const running = this.#begin({ ...last, text: `exec ${last.text}` });
    try {
      const begun = last.shows[0] ?? "";
      for (let i = 0; i < 4800 && running.goesOn() && !running.said().includes(begun); i++) await sleep(25);
      if (next) done.push(...(await this.type(next)));
    } finally {
      if (last.shows.includes("^C")) running.child.kill("SIGINT");
    }
    const how = { status: await running.ended, output: running.said() };
    return [{ typed: last, wantedStatus: block.status, ...how }, ...done];
  }

  /** Closes all terminals, and takes the lab down if it is there. */
  async close(): Promise<void> {
    await this.#closeTerminals();
    await once(spawn(process.execPath, [rondo, "lab", "down", this.#lab], { stdio: "ignore" }), "close");
  }

  async #atHost(typed: Typed): Promise<How> {
    const host = typed.host!;
    const terminal = this.#terminals.get(host) ?? new Terminal(`${this.#lab}/${host}`);
    this.#terminals.set(host, terminal);
    const said = await terminal.type(`${typed.text}\nprintf '\\n::%d' $?`);
    const mark = /\n::(\d+)$/.exec(said);
    return { status: mark ? Number(mark[1]) : null, output: said.slice(0, mark?.index) };
  }

  async #atMachine(typed: Typed): Promise<How> {
    this.#topology = /\blab up (\S+)/.exec(typed.text)?.[1] ?? this.#topology;
    // What is open on hosts would not outlive the lab.
    if (/\blab down\b/.test(typed.text)) await this.#closeTerminals();
    const { said, ended } = this.#begin(typed);
    return { status: await ended, output: said().replaceAll(this.#lab, this.#topology) };
  }

  #begin({ host, text }: Typed) {
    const at = host === undefined ? [] : [rondo, "lab", "exec", `${this.#lab}/${host}`, "bash"];
    const [program, ...words] = host === undefined ? ["bash"] : [process.execPath, ...at];
    const script = `exec 2>&1\n${host === undefined ? namedLab(text, this.#lab) : text}`;
    const child = spawn(program!, [...words, "-c", script], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, PATH: `${dirname(rondo)}:${process.env["PATH"]}` },
      timeout: 240_000,
    });
    let output = "";
    child.stdout.on("data", (data: Buffer) => (output += data));
    const ended: Promise<number | null> = once(child, "close").then(([status]) => status);
    return { child, ended, said: () => output, goesOn: () => child.exitCode === null };
  }

  async #closeTerminals(): Promise<void> {
    for (const terminal of this.#terminals.values()) await terminal.close();
    this.#terminals.clear();
  }
}
