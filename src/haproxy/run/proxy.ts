import type { Bind, ProxySection } from "../../config/haproxy/model/index.js";
import type { Counters, Endpoint, Rate, SharedCount } from "../../proxy/index.js";
import type { BackendCounter, FrontendCounter, ListenerCounter } from "./counters.js";
import type { CapturedError } from "./runtime.js";
import type { Seeking, SeekRequest } from "./seek.js";
import type { ServerRun } from "./server.js";
import type { StickTableRun } from "./table.js";

/** A proxy that runs: a front end, a back end, or both. */
export interface ProxyRun {
  readonly section: ProxySection;
  readonly name: string;
  readonly id: number;
  readonly front: FrontRun | undefined;
  readonly back: BackRun | undefined;
  readonly table: StickTableRun | undefined;
  /** "paused": disable frontend; "stopped": shutdown frontend, or a reload. */
  state: "running" | "paused" | "stopped";
  /** Wall clock milliseconds since when `show stat` counts lastchg of a back end. */
  lastChange: number;
  /** The last ones that couldn't be read, for `show errors`. */
  invalidRequest?: CapturedError | undefined;
  invalidResponse?: CapturedError | undefined;
}

export interface FrontRun {
  readonly counters: Counters<FrontendCounter>;
  /** Connections now; `maxconn` may be changed while running. */
  readonly sessions: SharedCount;
  maxconn: number;
  readonly connectionRate: Rate;
  readonly sessionRate: Rate;
  readonly requestRate: Rate;
  /** Handshakes of TLS that were done, and those of them that took no session up again. */
  readonly tlsRate?: Rate;
  readonly tlsKeyRate?: Rate;
  rateLimit: number;
  readonly listeners: readonly ListenerRun[];
}

export interface ListenerRun {
  readonly bind: Bind;
  readonly id: number;
  /** `name`, or "sock-1", "sock-2" … */
  readonly name: string;
  readonly counters: Counters<ListenerCounter>;
  readonly sessions: SharedCount;
  /** Where it really listens; of inherited descriptors what getsockname says. */
  readonly addresses: readonly Endpoint[];
  state: "open" | "full" | "waiting" | "closed";
}

export interface BackRun {
  readonly counters: Counters<BackendCounter>;
  readonly sessions: SharedCount;
  readonly rate: Rate;
  /** In the back end's own queue, without its servers'. */
  readonly queued: number;
  readonly fullconn: number;
  servers: readonly ServerRun[];
  /** Wall clock milliseconds of the last session; 0: never. */
  lastSession: number;
  readonly times: TimeAverages;
  /** Sums over servers that can be used now (weights as `show stat` gives them), and their number: active and backup. */
  readonly weight: number;
  readonly active: number;
  readonly backups: number;
  /** It has a server to give work to. */
  readonly usable: boolean;
  /** Finds a server for a stream, or has it wait for one (see seek.ts). `sessions` above are its streams, also those that wait: who has them counts. */
  seek(request: SeekRequest): Seeking;
  readonly downtimeMs: number;
}

/** Sliding means of the last streams, milliseconds (qtime, ctime, rtime, ttime). */
export interface TimeAverages {
  readonly queue: number;
  readonly connect: number;
  readonly response: number;
  readonly total: number;
  record(queue: number, connect: number, response: number, total: number): void;
}
