import type { ProxySection } from "../../config/haproxy/model/index.js";
import { Counters, Rate, SharedCount, type SharedMemory } from "../../proxy/index.js";
import { type FrontendCounter, type FrontRun, frontendCounters } from "../run/index.js";
import type { Listener } from "./listener-run.js";

/** The side of a proxy that clients come to. */
export class Front implements FrontRun {
  readonly counters: Counters<FrontendCounter>;
  readonly sessions: SharedCount;
  readonly connectionRate: Rate;
  readonly sessionRate: Rate;
  readonly requestRate: Rate;
  readonly tlsRate: Rate;
  readonly tlsKeyRate: Rate;
  readonly listeners: readonly Listener[];
  readonly #maxconn: Int32Array;
  readonly #rateLimit: Int32Array;

  constructor(section: ProxySection, listeners: readonly Listener[], maxconn: number, memory: SharedMemory) {
    const name = `front ${section.name}`;
    const maxima = frontendCounters.filter((each) => each.endsWith("Max"));
    this.counters = new Counters(frontendCounters, maxima, memory, name);
    this.sessions = new SharedCount(memory, `${name} sessions`);
    this.connectionRate = new Rate(memory, `${name} connections`);
    this.sessionRate = new Rate(memory, `${name} sessions`);
    this.requestRate = new Rate(memory, `${name} requests`);
    this.tlsRate = new Rate(memory, `${name} tls`);
    this.tlsKeyRate = new Rate(memory, `${name} tls keys`);
    this.listeners = listeners;
    this.#maxconn = memory.int32(`${name} maxconn`, 1);
    this.#rateLimit = memory.int32(`${name} rate limit`, 1);
    if (memory.worker === 0) {
      this.maxconn = section.maxconn ?? maxconn;
      this.rateLimit = section.rateLimitSessions;
    }
  }

  get maxconn(): number {
    return Atomics.load(this.#maxconn, 0);
  }

  set maxconn(to: number) {
    Atomics.store(this.#maxconn, 0, to);
  }

  get rateLimit(): number {
    return Atomics.load(this.#rateLimit, 0);
  }

  set rateLimit(to: number) {
    Atomics.store(this.#rateLimit, 0, to);
  }
}
