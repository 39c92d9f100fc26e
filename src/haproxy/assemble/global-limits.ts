import type { Global, HaproxyConfig } from "../../config/haproxy/model/index.js";
import { Rate, SharedCount, type SharedMemory } from "../../proxy/index.js";
import type { GlobalLimits } from "../run/index.js";

/** Limits of the whole process, which all threads see and the runtime socket changes; and what is counted against them. */
export class ProcessLimits implements GlobalLimits {
  readonly hardMaxconn: number;
  /** Connections of clients now, but for those to stats sockets and peers. */
  readonly connections: SharedCount;
  readonly connectionEvents: Rate;
  readonly sessionEvents: Rate;
  readonly tlsEvents: Rate;
  readonly #values: Int32Array;

  constructor(global: Global, maxconn: number, memory: SharedMemory) {
    this.#values = memory.int32("global limits", 5);
    this.connections = new SharedCount(memory, "global connections");
    this.connectionEvents = new Rate(memory, "global connections");
    this.sessionEvents = new Rate(memory, "global sessions");
    this.tlsEvents = new Rate(memory, "global tls");
    this.hardMaxconn = maxconn;
    if (memory.worker !== 0) return;
    this.maxconn = maxconn;
    this.connectionRate = global.maxConnRate;
    this.sessionRate = global.maxSessRate;
    this.tlsRate = global.maxSslRate;
    this.compressionRate = global.maxCompRate;
  }

  get maxconn(): number {
    return Atomics.load(this.#values, 0);
  }
  set maxconn(to: number) {
    Atomics.store(this.#values, 0, to);
  }

  get connectionRate(): number {
    return Atomics.load(this.#values, 1);
  }
  set connectionRate(to: number) {
    Atomics.store(this.#values, 1, to);
  }

  get sessionRate(): number {
    return Atomics.load(this.#values, 2);
  }
  set sessionRate(to: number) {
    Atomics.store(this.#values, 2, to);
  }

  get tlsRate(): number {
    return Atomics.load(this.#values, 3);
  }
  set tlsRate(to: number) {
    Atomics.store(this.#values, 3, to);
  }

  get compressionRate(): number {
    return Atomics.load(this.#values, 4);
  }
  set compressionRate(to: number) {
    Atomics.store(this.#values, 4, to);
  }
}

export interface SocketNeeds {
  readonly maxconn: number;
  /** Descriptors that the process wants to be allowed. */
  readonly sockets: number;
}

const reserved = 10;
const leastMaxconn = 100;
const perThread = 3;

/**
 * How many connections there may be, and how many descriptors that takes (haproxy.c, compute_ideal_maxconn and _maxsock): two for each connection beside listeners,
 * checks, and those of each thread.
 */
export function socketNeeds(
  config: HaproxyConfig,
  listeners: number,
  threads: number,
  said: number | undefined,
  fileLimit: number,
): SocketNeeds {
  const { global } = config;
  const checks = config.proxies.flatMap(({ servers }) =>
    servers.filter(({ check, agentCheck }) => check || agentCheck),
  ).length;
  const runtime = global.statsSockets.length > 0 ? global.statsMaxconn : 0;
  const fixed = reserved + listeners + checks + runtime + perThread * threads;
  const wanted = (said ?? 0) > 0 ? said! : (global.maxconn ?? 0);
  const ideal = Math.max(leastMaxconn, Math.floor((Math.min(fileLimit, 0x7fffffff) - fixed) / 2));
  const maxconn = wanted > 0 ? wanted : ideal;
  return { maxconn, sockets: global.ulimitN ?? fixed + 2 * maxconn };
}
