import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import type { SharedMemory } from "../../proxy/index.js";
import type { ThreadLink } from "./thread-link.js";

/** What a thread is put together of. */
export interface AssembleOptions {
  readonly config: HaproxyConfig;
  readonly memory: SharedMemory;
  readonly link: ThreadLink;
  /** Sockets that listen, by their listener's number; where there is none Node makes one. They are this thread's own. */
  readonly sockets: ReadonlyMap<number, number>;
  readonly startDate: number;
  readonly version: string;
  readonly releaseDate: string;
  readonly maxconn: number;
  readonly proxyMaxconn: number | undefined;
  readonly maxSockets: number;
  readonly fileLimit: number;
  /** Server certificates are verified as their lines say; false: none is (-dV). */
  readonly verifyServers: boolean;
  /** What is said on standard error. */
  readonly report: (level: "alert" | "warning" | "notice", text: string) => void;
  readonly startupLogs: () => string;
  /** Has a listener's socket refuse connections, and take them again; of further threads nothing. */
  readonly suspend?: (listener: number) => void;
  readonly resume?: (listener: number) => void;
  /** A listener is closed for good, before soft stop: whoever else has its socket is to let go of it. */
  readonly forget?: (listener: number) => void;
  readonly localPeer: string;
  /** Another process is leaving: it teaches us what stick tables hold. */
  readonly hasOldProcess: boolean;
  /** What `expose-fd listeners` gives away; of further threads nothing. */
  readonly exposed?: () => ReadonlyMap<number, number>;
}
