import { Counters, Rate, SharedCount } from "../../proxy/index.js";
import {
  type Algorithm,
  group,
  type LbBackend,
  makeAlgorithm,
  recount,
  requestKey,
  totalWeight,
  usedServers,
  word,
} from "../balance/index.js";
import type { RequestKey } from "../balance/request-key.js";
import { BackendQueue } from "../queue/backend-queue.js";
import { seek } from "../queue/seek.js";
import type { BackendCounter, BackRun, ProxyRun, Seeking, SeekRequest } from "../run/index.js";
import { backendCounters } from "../run/index.js";
import type { ServerState } from "./server-state.js";
import type { ServersRun } from "./servers-run.js";
import { StateLock } from "./state-lock.js";
import type { Surroundings } from "./surroundings.js";
import { SlidingTimes } from "./time-averages.js";

const maxima = backendCounters.filter((name) => name.endsWith("Max"));
const times = { lastSession: 0, downtime: 1 } as const;

/** The back end's side of a proxy: its servers, how work is shared among them, and its queue. */
export class BackendState implements BackRun, LbBackend {
  readonly proxy: ProxyRun;
  readonly counters: Counters<BackendCounter>;
  readonly sessions: SharedCount;
  readonly rate: Rate;
  readonly times: SlidingTimes;
  readonly fullconn: number;
  readonly words: Int32Array;
  readonly lock: StateLock;
  readonly allBackups: boolean;
  readonly algorithm: Algorithm;
  readonly key: RequestKey | undefined;
  readonly queue: BackendQueue;
  readonly all: ServersRun;
  readonly surroundings: Surroundings;
  servers: ServerState[] = [];
  /** dynamic-cookie-key; `set dynamic-cookie-key backend` changes it. */
  dynamicCookieKey: string | undefined;
  readonly #slots: (ServerState | undefined)[] = [];
  readonly #numbers: Float64Array;

  constructor(proxy: ProxyRun, all: ServersRun, fullconn: number) {
    const { surroundings } = all;
    const { memory } = surroundings;
    this.all = all;
    const { section, name } = proxy;
    this.proxy = proxy;
    this.surroundings = surroundings;
    this.counters = new Counters(backendCounters, maxima, memory, `backend ${name}`);
    this.sessions = new SharedCount(memory, `backend ${name}`);
    this.rate = new Rate(memory, `backend ${name}`);
    this.times = new SlidingTimes(memory, `backend ${name}`);
    this.words = memory.int32(`backend ${name}`, group.words + 8);
    this.#numbers = memory.float64(`backend times ${name}`, 8);
    this.lock = new StateLock(memory, `backend ${name}`);
    this.fullconn = fullconn;
    this.dynamicCookieKey = section.cookie?.dynamicKey;
    this.allBackups = section.allBackups;
    this.algorithm = makeAlgorithm(this, {
      balance: section.balance,
      hashType: section.hashType,
      balanceFactor: section.hashBalanceFactor,
      weights: section.servers.map((server) => server.weight),
    });
    const { balance } = section;
    this.key = requestKey(
      balance,
      section.hashType,
      balance.algorithm === "hash" ? surroundings.compile.expression(balance.expression) : undefined,
    );
    this.queue = new BackendQueue(this);
  }

  get name(): string {
    return this.proxy.name;
  }

  /** Servers are known by their slots to all threads. */
  enter(server: ServerState): void {
    this.#slots[server.slot] = server;
    this.servers = [...this.servers, server];
  }

  leave(server: ServerState): void {
    this.#slots[server.slot] = undefined;
    this.servers = this.servers.filter((each) => each !== server);
  }

  slot(slot: number): ServerState | undefined {
    return this.#slots[slot];
  }

  get nextSlot(): number {
    return this.#slots.length;
  }

  server(name: string): ServerState | undefined {
    return this.servers.find((each) => each.name === name);
  }

  /** Looks for a server, or waits for one. */
  seek(request: SeekRequest): Seeking {
    return seek(this, request);
  }

  recount(): void {
    recount(this);
  }

  get queued(): number {
    return word(this.words, group.queued);
  }
  get active(): number {
    return word(this.words, group.active);
  }
  get backups(): number {
    return word(this.words, group.backups);
  }
  /** Servers that are given work (`be_usable_srv`). */
  get used(): number {
    return usedServers(this);
  }
  get usable(): boolean {
    return this.proxy.state !== "stopped" && this.used > 0;
  }
  get weight(): number {
    const { scale, divisor } = this.algorithm;
    return Math.floor((totalWeight(this) * divisor + scale - 1) / scale);
  }
  get lastSession(): number {
    return this.#numbers[times.lastSession] as number;
  }
  set lastSession(when: number) {
    this.#numbers[times.lastSession] = when;
  }
  get downtimeMs(): number {
    const now = Date.now();
    const down = this.#numbers[times.downtime] as number;
    if (totalWeight(this) > 0 && this.proxy.lastChange < now) return down;
    return Math.max(0, now - this.proxy.lastChange) + down;
  }
  addDowntime(ms: number): void {
    this.#numbers[times.downtime] = (this.#numbers[times.downtime] as number) + ms;
  }
}
