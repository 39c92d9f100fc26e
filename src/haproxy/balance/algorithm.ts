import type { LbServer } from "./lb-server.js";

/** One way of balancing over one back end's servers. All of it is called under the back end's lock. */
export interface Algorithm {
  /** Weights may be changed while it runs, and slow start works by them. */
  readonly dynamic: boolean;
  /** An effective weight is `user's weight × scale ÷ divisor`, rounded up. */
  readonly scale: number;
  readonly divisor: number;
  /** Whether a queue of the back end means that all servers are full, so that none is looked for. */
  readonly queueMeansFull: boolean;
  /** A key is hashed (persistence by prefer-last-server leaves it alone). */
  readonly hashes: boolean;
  /** Once, in the first thread, when all servers have their first state. */
  start(): void;
  /** A server's state or weight was committed; `before` is what it was. Counts of the back end are up to date. */
  changed(server: LbServer, before: { readonly usable: boolean; readonly eweight: number }): void;
  /** A connection was taken or given back, or its queue changed. */
  loaded(server: LbServer): void;
  /** `hash` of the key where the algorithm hashes and there was one. undefined: all are full, or there is none. */
  pick(hash: number | undefined, avoid: LbServer | undefined): LbServer | undefined;
}

export const SCALE = 16;
/** The largest effective weight. */
export const MAX_EWEIGHT = 256 * SCALE;
