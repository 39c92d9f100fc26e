import type { Bind } from "../../config/haproxy/model/index.js";
import type { RuntimeHost } from "../run/index.js";
import type { ProcessGauges } from "../stats/index.js";
import {
  type Command,
  type CommandCall,
  type ConnectionNote,
  failure,
  type Level,
  levelRank,
  type Mode,
  permissionDenied,
  type Reply,
  type SessionState,
} from "./command.js";
import { findCommand, helpText } from "./help.js";
import { type Request, RequestReader, splitWords } from "./request-reader.js";

/** Where a session's answers go. */
export interface SessionOutput {
  /** false: stop until `drained` is called. */
  write(text: string): boolean;
  /** What is pending is sent, then the connection ends. */
  end(): void;
}

export interface SessionOptions {
  readonly host: RuntimeHost;
  readonly gauges: ProcessGauges;
  readonly commands: readonly Command[];
  readonly level: Level;
  readonly severity: NonNullable<Bind["severityOutput"]>;
  readonly timeoutMs: number;
  readonly master?: boolean;
  readonly describe: () => ConnectionNote;
}

const payloadLimit = 1 << 20;
const severityNames = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/**
 * A connection to the runtime socket: reads requests, runs them one after the other, and answers. Without a prompt it ends
 * when all that had come is answered; with one, when the client says `quit`, leaves, or is silent for too long.
 */
export class CliSession implements SessionState {
  level: Level;
  severity: "none" | "number" | "string";
  prompt = false;
  timeoutMs: number;
  noLineFeed = false;
  ended = false;
  readonly master: boolean;
  readonly describe: () => ConnectionNote;
  readonly #options: SessionOptions;
  readonly #output: SessionOutput;
  readonly #reader: RequestReader;
  readonly #modes = new Set<Mode>();
  #busy = false;
  #inputEnded = false;
  #onDrain: (() => void) | undefined;
  #stopFollowing: (() => void) | undefined;
  #cancelTimeout: () => void = () => {};

  constructor(options: SessionOptions, output: SessionOutput) {
    this.#options = options;
    this.#output = output;
    this.level = options.level;
    this.severity = options.severity;
    this.timeoutMs = options.timeoutMs;
    this.master = options.master ?? false;
    this.describe = options.describe;
    this.#reader = new RequestReader(options.host.process.config.global.tune.bufsize, payloadLimit);
    this.#rearm();
  }

  /** Bytes came from the client, as latin1. */
  receive(text: string): void {
    if (this.ended) return;
    this.#rearm();
    if (this.#stopFollowing !== undefined) {
      this.#stopFollowing();
      return;
    }
    this.#reader.push(text);
    if (!this.#busy) void this.#work();
  }

  /** The client has nothing more to send. */
  inputEnded(): void {
    this.#inputEnded = true;
    this.#stopFollowing?.();
    if (!this.#busy) this.#finish();
  }

  drained(): void {
    const continues = this.#onDrain;
    this.#onDrain = undefined;
    continues?.();
  }

  /** The connection is gone. */
  closed(): void {
    this.ended = true;
    this.#cancelTimeout();
    this.#stopFollowing?.();
    this.drained();
  }

  isIn(mode: Mode): boolean {
    return this.#modes.has(mode);
  }

  setMode(mode: Mode, on: boolean): void {
    if (on) this.#modes.add(mode);
    else this.#modes.delete(mode);
  }

  quit(): void {
    this.ended = true;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (!this.ended) {
      const request = this.#reader.next();
      if (request === undefined) break;
      if (request === "payload") {
        await this.#write(this.prompt ? "+ " : "");
        continue;
      }
      await this.#run(request);
      if (this.ended) return this.#finish();
      await this.#write(this.prompt ? "\n> " : this.noLineFeed ? "" : "\n");
      this.noLineFeed = false;
      if (!this.prompt && !this.#reader.partial) return this.#finish();
    }
    this.#busy = false;
    if (this.ended || this.#inputEnded || this.#reader.overflow) this.#finish();
  }

  #finish(): void {
    this.#busy = false;
    this.ended = true;
    this.#cancelTimeout();
    this.#output.end();
  }

  async #run(request: Request): Promise<void> {
    this.#options.gauges.socketRequests++;
    let reply: Reply;
    try {
      reply = await this.answer(request);
    } catch (error) {
      reply = failure(`Internal error: ${error instanceof Error ? error.message : String(error)}\n`);
    }
    this.#rearm();
    await this.#send(reply);
  }

  /** What a request is answered. */
  answer(request: Request): Reply | Promise<Reply> {
    const words = splitWords(request.line);
    const { commands, host, gauges } = this.#options;
    const visible = commands.filter((command) => this.#mayUse(command));
    const command = findCommand(visible, words);
    if (command === undefined) return { severity: 6, text: helpText(this.#listed(visible), words) };
    if (command.mode !== undefined && !this.isIn(command.mode))
      return failure(`This command is restricted to ${command.mode} mode only.\n`);
    const has = (level: Level) => levelRank[this.level] >= levelRank[level];
    if (!has(command.level ?? "user")) return permissionDenied;
    const call: CommandCall = {
      words,
      word: (at) => words[at] ?? "",
      payload: request.payload,
      session: this,
      host,
      gauges,
      has,
    };
    return command.run(call);
  }

  /** Those that `help` shows: without those of modes that this client isn't in. */
  help(words: readonly string[]): string {
    return helpText(this.#listed(this.#options.commands.filter((command) => this.#mayUse(command))), words);
  }

  #mayUse(command: Command): boolean {
    if (!this.master) return command.master !== "only";
    return command.master !== undefined || this.isIn("mcli-debug");
  }

  #listed(commands: readonly Command[]): Command[] {
    return commands.filter((command) => command.mode === undefined || this.isIn(command.mode));
  }

  async #send(reply: Reply): Promise<void> {
    if (reply === undefined) return;
    if (typeof reply === "string") return this.#write(reply);
    if ("text" in reply) return this.#write(this.#severityOf(reply.severity) + reply.text);
    if ("pieces" in reply) {
      for await (const piece of reply.pieces) {
        if (this.ended) return;
        await this.#write(piece);
      }
      return;
    }
    await this.#follow(reply.follow);
  }

  /** Lines go on until the client sends something or leaves. */
  async #follow(begin: (write: (text: string) => void) => () => void): Promise<void> {
    this.#cancelTimeout();
    await new Promise<void>((done) => {
      const stop = begin((text) => void this.#output.write(text));
      this.#stopFollowing = () => {
        this.#stopFollowing = undefined;
        stop();
        done();
      };
    });
    this.#rearm();
  }

  #severityOf(severity: number): string {
    if (this.severity === "none") return "";
    return this.severity === "number" ? `[${severity}]: ` : `[${severityNames[severity]}]: `;
  }

  async #write(text: string): Promise<void> {
    if (text === "" || this.ended) return;
    if (this.#output.write(text)) return;
    await new Promise<void>((resolve) => {
      this.#onDrain = resolve;
    });
  }

  #rearm(): void {
    this.#cancelTimeout();
    if (this.timeoutMs > 0 && !this.ended)
      this.#cancelTimeout = this.#options.host.process.after(this.timeoutMs, () => this.#finish());
  }
}
