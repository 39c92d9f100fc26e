import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { rondo } from "./running.js";

/** Reads scripts that end in a zero byte, and does them one after another, as a shell does lines. Nothing that it starts reads its input. */
const reader = `exec 3<&0 </dev/null 2>&1
while IFS= read -r -d '' script <&3; do eval "$script"; printf '\\n::done\\n'; done`;
const done = "\n::done\n";

/** A bash on a host of a lab, in root's home, that is typed into until it is closed. */
export class Terminal {
  readonly #shell: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  #isOver = false;
  #said = "";
  #heard = () => {};

  /** @param host LAB/HOST */
  constructor(host: string) {
    this.#shell = spawn(process.execPath, [rondo, "lab", "exec", host, "bash", "-c", reader], {
      cwd: "/root",
    });
    this.#shell.stdin.on("error", () => {}); // It has ended, which is seen by that.
    for (const stream of [this.#shell.stdout, this.#shell.stderr])
      stream.on("data", (data: Buffer) => {
        this.#said += data;
        this.#heard();
      });
    this.#ended = once(this.#shell, "close").then(() => {
      this.#isOver = true;
      this.#heard();
    });
  }

  /** Types a script, and gives what it printed once it is done; or what there is after so many milliseconds, or when the shell ends. */
  async type(script: string, patience = 240_000): Promise<string> {
    this.#said = "";
    this.#shell.stdin.write(`${script}\0`);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patience);
      this.#heard = () => {
        if (!this.#said.endsWith(done) && !this.#isOver) return;
        clearTimeout(timer);
        resolve();
      };
      this.#heard();
    });
    return this.#said.replace(done, "");
  }

  async close(): Promise<void> {
    this.#shell.stdin.end();
    const timer = setTimeout(() => this.#shell.kill("SIGKILL"), 10_000);
    await this.#ended;
    clearTimeout(timer);
  }
}
