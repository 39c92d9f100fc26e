import type { ProxyRun } from "./proxy.js";
import type { ServerRun } from "./server.js";
import type { StreamRun } from "./stream.js";

/** A stream looks for a server of its back end: by persistence, else by balancing, else it waits in a queue. */
export interface SeekRequest {
  readonly stream: StreamRun;
  readonly backend: ProxyRun;
  /** A server that cookie, stick table or use-server named: taken if it is usable (or `force`), waited for in its own queue. */
  readonly wanted: ServerRun | undefined;
  readonly force: boolean;
  /** The one that failed: another is taken where there is one (redispatch). */
  readonly avoid: ServerRun | undefined;
  readonly queueTimeoutMs: number;
  /** Called once, at once where there is room. */
  done(result: SeekResult): void;
}

export type SeekResult =
  | { readonly kind: "server"; readonly slot: ServerSlot }
  /** none: 503 "SC"; queue-timeout: 503 "sQ"; queue-full: a server's maxqueue or the like left none. */
  | { readonly kind: "none" | "queue-timeout" | "queue-full" };

/**
 * A place on a server, counted in its `sessions` until it is released: then the next in the queue has it. (The back end's `sessions` are its
 * streams, queued ones with them, as HAProxy's beconn: who sets a stream's back end adds 1, who ends it takes 1.)
 */
export interface ServerSlot {
  readonly server: ServerRun;
  release(): void;
}

export interface Seeking {
  /** The client is gone: leaves the queue. After `done` it does nothing. */
  cancel(): void;
}
