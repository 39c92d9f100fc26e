import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import type { SharedMemory } from "../../proxy/index.js";
import type { CacheRun, ResponseFilterMaker } from "./filter.js";
import type { LogBus } from "./log.js";
import type { ResolversRun } from "./names.js";
import type { PatternReferences } from "./patterns.js";
import type { ProxyRun } from "./proxy.js";
import type { ExpressionCompiler } from "./sample.js";
import type { Service } from "./service.js";
import type { StreamRun } from "./stream.js";
import type { StickTableRun } from "./table.js";
import type { Variables } from "./variables.js";

/** The streams of this thread. */
export interface LiveStreams extends Iterable<StreamRun> {
  readonly size: number;
}

/** All that runs in one thread, by which its parts find each other. */
export interface ProcessRun {
  readonly config: HaproxyConfig;
  readonly memory: SharedMemory;
  readonly pid: number;
  readonly startDate: number; // wall clock, ms
  readonly proxies: readonly ProxyRun[];
  frontend(name: string): ProxyRun | undefined;
  backend(name: string): ProxyRun | undefined;
  readonly tables: ReadonlyMap<string, StickTableRun>;
  readonly variables: Variables; // proc
  /** Maps and ACLs' lists. */
  readonly patterns: PatternReferences;
  readonly streams: LiveStreams;
  readonly compile: ExpressionCompiler;
  readonly log: LogBus;
  /** What `use-service` and `stats enable` ask for, by name; what changes answers; caches by name. */
  readonly services?: ReadonlyMap<string, Service>;
  readonly filters?: readonly ResponseFilterMaker[];
  readonly caches?: ReadonlyMap<string, CacheRun>;
  /** Resolvers sections by name, for do-resolve. */
  readonly resolvers?: ReadonlyMap<string, ResolversRun>;
  /** Soft stop was asked for; with `grace` it has yet to begin. */
  readonly leaving?: boolean;
  /** Soft stop has begun: no client's connection is kept alive after its answer. */
  readonly stopping?: boolean;
  /** Has something done when soft stop begins: idle connections of clients are closed, peers told. */
  onStopping?(work: () => void): void;
  /** The monotonic clock, milliseconds. */
  now(): number;
  /** Runs something later on this thread; gives what cancels it. */
  after(ms: number, work: () => void): () => void;
}
