import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import { eventTime, type SharedMemory } from "../../proxy/index.js";
import type {
  CacheRun,
  ExpressionCompiler,
  LiveStreams,
  LogBus,
  PatternReferences,
  ProcessRun,
  ResolversRun,
  ResponseFilterMaker,
  Service,
  StickTableRun,
  Variables,
} from "../run/index.js";
import type { ProxyOfThread } from "./proxy-run.js";

/** What a thread's parts find each other by. Parts are put in while it is made; until then they are only handed round. */
export class Process implements ProcessRun {
  readonly config: HaproxyConfig;
  readonly memory: SharedMemory;
  readonly pid = process.pid;
  readonly startDate: number;
  readonly proxies: ProxyOfThread[] = [];
  readonly tables = new Map<string, StickTableRun>();
  readonly services = new Map<string, Service>();
  readonly filters: ResponseFilterMaker[] = [];
  readonly caches = new Map<string, CacheRun>();
  resolvers: ReadonlyMap<string, ResolversRun> = new Map();
  variables!: Variables;
  patterns!: PatternReferences;
  streams: LiveStreams = new Set();
  compile!: ExpressionCompiler;
  log!: LogBus;
  leaving = false;
  stopping = false;
  readonly #atStop: (() => void)[] = [];
  readonly #frontends = new Map<string, ProxyOfThread>();
  readonly #backends = new Map<string, ProxyOfThread>();

  constructor(config: HaproxyConfig, memory: SharedMemory, startDate: number) {
    this.config = config;
    this.memory = memory;
    this.startDate = startDate;
  }

  addProxy(proxy: ProxyOfThread): void {
    this.proxies.push(proxy);
    if (proxy.section.frontend) this.#frontends.set(proxy.name, proxy);
    if (proxy.section.backend) this.#backends.set(proxy.name, proxy);
  }

  frontend(name: string): ProxyOfThread | undefined {
    return this.#frontends.get(name);
  }

  backend(name: string): ProxyOfThread | undefined {
    return this.#backends.get(name);
  }

  now(): number {
    return eventTime();
  }

  after(ms: number, work: () => void): () => void {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  }

  onStopping(work: () => void): void {
    if (this.stopping) work();
    else this.#atStop.push(work);
  }

  /** Soft stop begins. */
  stop(): void {
    this.stopping = true;
    for (const work of this.#atStop.splice(0)) work();
  }
}
