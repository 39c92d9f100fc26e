import type { BfdInstance, KeepalivedConfig } from "../config/keepalived/model/index.js";
import type { Log } from "../errors.js";
import type { ReadySet } from "../sys/index.js";
import { encodeBfd } from "../wire/index.js";
import type { BfdAction, BfdEvent } from "./session.js";
import { BfdSessions, type BfdSnapshot } from "./sessions.js";
import { BfdSockets } from "./sockets.js";

/** What the role needs of who runs it. */
export interface BfdRoleDependencies {
  readonly log: Log;
  /** Sockets are watched by it; the caller closes it after {@link BfdRole.stop}. */
  readonly ready: ReadySet;
  /** The state of every session at the start, and its changes. */
  readonly onEvent: (event: BfdEvent) => void;
  /** Milliseconds of CLOCK_MONOTONIC, the default: all processes have the same. */
  readonly clock?: () => number;
  /** Descriptor of the network namespace to live in; by default the thread's own. */
  readonly namespace?: number;
  /** `--log-detail`. */
  readonly logDetail?: boolean;
}

/**
 * BFD on this host: {@link BfdSessions} decides, and this sends and hears.
 *
 *     const role = new BfdRole(config, { log, ready, onEvent });
 *     role.start();                     // or start(snapshot) after a process that died
 *     role.reload(otherConfig);
 *     role.stop();                      // neighbours are told that this is no failure
 */
export class BfdRole {
  readonly #dependencies: BfdRoleDependencies;
  readonly #clock: () => number;
  readonly #sessions = new BfdSessions();
  readonly #sockets: BfdSockets;
  #instances: readonly BfdInstance[];
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(config: Pick<KeepalivedConfig, "bfdInstances">, dependencies: BfdRoleDependencies) {
    const { log, ready, namespace } = dependencies;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? (() => Number(process.hrtime.bigint()) / 1e6);
    this.#instances = config.bfdInstances;
    this.#sockets = new BfdSockets({
      namespace,
      ready,
      log,
      heard: (packet) => this.#do((now) => this.#sessions.receive(packet, now)),
    });
  }

  /** @throws RondoError if another program has the port */
  start(snapshot?: BfdSnapshot): void {
    this.#sockets.use(this.#instances);
    this.#running = true;
    this.#do((now) => this.#sessions.start(this.#instances, now, snapshot));
  }

  /** @throws RondoError as {@link start}; then the sessions are what they were */
  reload(config: Pick<KeepalivedConfig, "bfdInstances">): void {
    if (!this.#running) return;
    const before = this.#instances;
    const after = config.bfdInstances;
    // Sessions that go say so by the sockets that they have.
    const families = [...before, ...after];
    this.#sockets.use(
      families.filter((one, at) => families.findIndex(({ name }) => name === one.name) === at),
    );
    this.#do((now) => this.#sessions.reload(after, now), [...after, ...before]);
    this.#instances = after;
    this.#sockets.use(after);
  }

  stop(): void {
    if (!this.#running) return;
    this.#do((now) => this.#sessions.stop(now));
    this.#running = false;
    clearTimeout(this.#timer);
    this.#sockets.close();
  }

  snapshot(): BfdSnapshot {
    return this.#sessions.snapshot(this.#clock());
  }

  #do(what: (now: number) => readonly BfdAction[], instances = this.#instances): void {
    if (!this.#running) return;
    const { log, onEvent, logDetail = false } = this.#dependencies;
    for (const action of what(this.#clock()))
      if (action.kind === "send") {
        const settings = instances.find(({ name }) => name === action.instance);
        if (settings) this.#sockets.send(settings, encodeBfd(action.control));
      } else if (action.kind === "event") onEvent(action);
      else if (logDetail || !action.detail) log[action.level](action.text);
    this.#setTimer();
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const { deadline } = this.#sessions;
    if (deadline === undefined || !this.#running) return;
    const wait = Math.min(2 ** 31 - 1, Math.max(0, deadline - this.#clock()));
    this.#timer = setTimeout(() => {
      // If this process was held up, timers come first; the neighbour's packets lie in the queue.
      this.#sockets.hear();
      this.#do((now) => this.#sessions.tick(now));
    }, Math.ceil(wait));
  }
}
