import { showProc } from "./child.js";
import type { Master } from "./master.js";

export type Level = "user" | "operator" | "admin";
const ranks: Readonly<Record<Level, number>> = { user: 1, operator: 2, admin: 3 };

/** What a session of the master's socket needs of its connection. */
export interface MasterOutput {
  write(text: string): void;
  end(): void;
}

const ownCommands = `The following commands are valid at this level:
  @!<pid>                                 : send a command to the <pid> process
  @<relative pid>                         : send a command to the <relative pid> process
  @master                                 : send a command to the master process
  help [<command>]                        : list matching or all commands
  operator                                : lower the level of the current CLI session to operator
  prompt                                  : toggle interactive mode with prompt
  quit                                    : disconnect
  reload                                  : reload haproxy
  show proc                               : show processes status
  show startup-logs                       : report logs emitted during HAProxy startup
  show version                            : show version of the current process
  user                                    : lower the level of the current CLI session to user

`;

/**
 * A client of the master's socket (cli.c, pcli_*): each command goes to the process that a prefix names, or that was chosen by one alone:
 * `@1` (the worker), `@!PID`, `@` or `@master`. A worker answers as its runtime socket would.
 */
export class MasterSession {
  readonly #master: Master;
  readonly #output: MasterOutput;
  readonly #startupLog: () => string;
  #level: Level;
  /** 0: the master. */
  #target = 0;
  #prompt = false;
  #modes = new Set<string>();
  #buffer = "";
  #busy = false;
  #inputEnded = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(master: Master, level: Level, startupLog: () => string, output: MasterOutput) {
    this.#master = master;
    this.#level = level;
    this.#startupLog = startupLog;
    this.#output = output;
  }

  receive(text: string): void {
    this.#buffer += text;
    if (!this.#busy) void this.#work();
  }

  inputEnded(): void {
    this.#inputEnded = true;
    if (!this.#busy) this.#finish();
  }

  closed(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (!this.#closed) {
      const command = this.#next();
      if (command === undefined) break;
      const { line, last } = command;
      await this.#run(line.trim());
      if (this.#closed) return;
      if (this.#prompt) this.#output.write(this.#target === 0 ? "master> " : `${this.#target}> `);
      else if (last) return this.#finish();
    }
    this.#busy = false;
    if (this.#inputEnded) this.#finish();
  }

  /** The next command: up to a semicolon or the line's end; with "<<" at its end also the lines up to an empty one. */
  #next(): { line: string; last: boolean } | undefined {
    for (let at = 0; at < this.#buffer.length; at++) {
      const letter = this.#buffer[at];
      if (letter === "\\") at++;
      else if (letter === ";" || letter === "\n") {
        const line = this.#buffer.slice(0, at);
        if (letter === "\n" && line.trimEnd().endsWith("<<")) {
          const end = this.#buffer.indexOf("\n\n", at);
          if (end < 0) return undefined;
          const whole = this.#buffer.slice(0, end + 1);
          this.#buffer = this.#buffer.slice(end + 2);
          return { line: whole, last: true };
        }
        this.#buffer = this.#buffer.slice(at + 1);
        return { line, last: letter === "\n" };
      }
    }
    return undefined;
  }

  #finish(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output.end();
  }

  async #run(line: string): Promise<void> {
    let rest = line;
    let target = this.#target;
    const [, prefix, behind = ""] = /^(@\S*)\s*(.*)$/s.exec(line) ?? [];
    if (prefix !== undefined) {
      const chosen = this.#processOf(prefix);
      if (chosen === undefined) {
        this.#output.write(`Can't find the target PID matching the prefix '${prefix}'\n`);
        return;
      }
      target = chosen;
      rest = behind;
      if (rest === "") {
        this.#target = target;
        return;
      }
    }
    const words = rest.split(/\s+/).filter((word) => word !== "");
    if (words.length === 0) return;
    if (this.#ofSession(words)) return;
    if (target === 0) await this.#own(words);
    else await this.#ask(target, rest);
  }

  /** What changes the session itself, whichever process it is with. */
  #ofSession(words: readonly string[]): boolean {
    const [word = "", second] = words;
    switch (word) {
      case "prompt":
        this.#prompt = !this.#prompt;
        return true;
      case "quit":
        this.#finish();
        return true;
      case "operator":
      case "user":
        if (this.#has(word)) this.#level = word;
        else this.#output.write("Permission denied!\n");
        return true;
      case "expert-mode":
      case "experimental-mode":
      case "mcli-debug-mode":
        if (!this.#has("admin")) this.#output.write("Permission denied!\n");
        else if (second === "on") this.#modes.add(word);
        else this.#modes.delete(word);
        return true;
      default:
        return false;
    }
  }

  async #own(words: readonly string[]): Promise<void> {
    const text = words.join(" ");
    if (text === "show proc") this.#output.write(showProc(this.#master.state, Date.now()));
    else if (text === "show version") this.#output.write(`${this.#master.state.version}\n\n`);
    else if (text === "show startup-logs") this.#output.write(`${this.#startupLog()}\n`);
    else if (text === "reload") {
      if (!this.#has("operator")) this.#output.write("Permission denied\n\n");
      else void this.#master.reload(); // The real one begins anew, and the connection ends with that.
      this.#finish();
    } else if (words[0] === "help") this.#output.write(ownCommands);
    else this.#output.write(`Unknown command: '${words[0]}'.\n${ownCommands}`);
  }

  #ask(pid: number, line: string): Promise<void> {
    const worker = this.#master.workers.find((each) => each.pid === pid);
    const modes = [...this.#modes]
      .filter((mode) => mode !== "mcli-debug-mode")
      .map((mode) => `${mode} on;`)
      .join("");
    return new Promise((resolve) => {
      const id = nextId++;
      const done = () => {
        this.#cancel = undefined;
        forget?.();
        resolve();
      };
      const forget = worker?.onMessage((message) => {
        if (message.kind !== "answer" || message.id !== id) return;
        if (message.text !== "") this.#output.write(message.text);
        if (message.end) done();
      });
      this.#cancel = () => {
        worker?.send({ kind: "cancel", id });
        done();
      };
      void worker?.ended.then(done);
      if (!worker?.send({ kind: "command", id, line: `${modes}${line}`, level: this.#level })) done();
    });
  }

  #processOf(prefix: string): number | undefined {
    const name = prefix.slice(1);
    if (name === "" || name === "master" || name === "0") return 0;
    if (/^!\d+$/.test(name))
      return this.#master.workers.find(({ pid }) => pid === Number(name.slice(1)))?.pid;
    // The current one is that with the fewest reloads.
    if (/^\d+$/.test(name)) return this.#master.worker?.pid;
    return undefined;
  }

  #has(level: Level): boolean {
    return ranks[this.#level] >= ranks[level];
  }
}

let nextId = 1;
