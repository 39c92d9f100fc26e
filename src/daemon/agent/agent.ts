import { RondoError } from "../../errors.js";
import { type AgentReport, administrativeStates, agentLine, operatingStates } from "../../health/index.js";
import { networkNamespaceCookie } from "../../sys/index.js";
import { openControlSocket } from "../control-socket.js";
import { Answer } from "./answer.js";
import { type FormulaOptions, Smoothed, shares } from "./formula.js";
import { Listeners, type ListenOptions } from "./listeners.js";
import { becomeUser, type User } from "./privileges.js";
import { type Found, lookAtSources, type SourceOptions } from "./sources.js";

/** All that an agent is told when it starts. */
export interface AgentOptions extends ListenOptions, SourceOptions, FormulaOptions {
  /** How often the sources are looked at, in milliseconds. */
  readonly every: number;
  /** Who it becomes once it listens; undefined: it stays who it is. */
  readonly user?: User;
  /** Where it is told what to say; undefined: nowhere. */
  readonly control?: string;
}

/** What an agent says of itself. */
export interface AgentStatus {
  readonly pid: number;
  /** The line that it answers now, without its end. */
  readonly answer: string;
  readonly report: AgentReport;
  /** What each source leaves, in percent. */
  readonly shares: Readonly<Record<string, number>>;
  readonly answered: number;
  readonly refused: number;
}

/** What an agent needs of its surroundings. */
export interface AgentWorld {
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly tell: (sentence: string) => void;
  readonly complain: (sentence: string) => void;
}

/** Where the agent on a port of this network namespace is told what to say. */
export const agentSocket = (port: number): string =>
  `/run/rondo/agent-${networkNamespaceCookie().toString(16)}-${port}`;

/** Answers whoever asks, until the signal comes. */
export class Agent {
  readonly #options: AgentOptions;
  readonly #world: AgentWorld;
  readonly #answer: Answer;
  readonly #smoothed: Smoothed;
  readonly #listeners: Listeners;
  #shares: Readonly<Record<string, number>> = {};
  #troubles = new Set<string>();
  /** Done when something was measured: those who ask before wait for it. */
  #measured!: Promise<void>;

  constructor(options: AgentOptions, world: AgentWorld) {
    this.#options = options;
    this.#world = world;
    this.#answer = new Answer(world.now());
    this.#smoothed = new Smoothed(options);
    this.#listeners = new Listeners(options.allow, async () => {
      await this.#measured;
      return agentLine(this.report());
    });
  }

  /** @throws RondoError "port-taken", "no-listen" before anything is answered */
  async run(signal: AbortSignal): Promise<void> {
    const { control, user, every, port } = this.#options;
    const { tell, now, sleep } = this.#world;
    let measured = () => {};
    this.#measured = new Promise((resolve) => {
      measured = resolve;
    });
    let socket: { close(): void } | undefined;
    try {
      await this.#listeners.open(this.#options);
      if (control !== undefined) socket = await openControlSocket(control, (words) => this.#told(words));
      // Before the first look: a command is run as that user.
      if (user) becomeUser(user);
      await this.look(signal);
      measured();
      tell(`answering on port ${port}: ${agentLine(this.report()).trimEnd()}`);
      for (let next = now() + every; !signal.aborted; ) {
        await sleep(Math.max(0, next - now()), signal);
        if (signal.aborted) break;
        await this.look(signal);
        while (next <= now()) next += every;
      }
    } finally {
      this.#listeners.close();
      socket?.close();
    }
  }

  /** Looks at the sources once. */
  async look(signal?: AbortSignal): Promise<void> {
    const found = await lookAtSources(this.#options, signal);
    if (signal?.aborted) return;
    this.#take(found);
  }

  report(): AgentReport {
    return this.#answer.report(this.#smoothed.percent, this.#world.now());
  }

  status(): AgentStatus {
    const report = this.report();
    return {
      pid: process.pid,
      answer: agentLine(report).trimEnd(),
      report,
      shares: this.#shares,
      ...this.#listeners.counts,
    };
  }

  #take(found: Found): void {
    this.#shares = shares(found.measures, this.#options);
    this.#smoothed.take(this.#shares, this.#world.now());
    this.#answer.found(found);
    for (const trouble of found.troubles) if (!this.#troubles.has(trouble)) this.#world.complain(trouble);
    this.#troubles = new Set(found.troubles);
  }

  #told(words: Readonly<Record<string, unknown>>): AgentStatus {
    const { command, reason } = words;
    const administrative = administrativeStates.find((state) => state === command);
    const operating = operatingStates.find((state) => state === command);
    if (administrative) this.#answer.administer(administrative, this.#world.now());
    else if (operating) this.#answer.operate(operating, typeof reason === "string" ? reason : undefined);
    else if (command !== "status") throw new RondoError("request", `there is no command ${String(command)}`);
    if (command !== "status")
      this.#world.tell(`told ${String(command)}: ${agentLine(this.report()).trimEnd()}`);
    return this.status();
  }
}
