import type { Peers } from "../../config/haproxy/model/index.js";
import type { Wire } from "../../proxy/index.js";

/** What a section needs of its surroundings. */
export interface PeersWorld {
  /** Monotonic, milliseconds. */
  now(): number;
  after(ms: number, work: () => void): () => void;
  /** Connects to a peer's address; calls back once, with nothing where it can't be reached. Gives what cancels. */
  connect(peer: Peers["peers"][number], done: (wire: Wire | undefined) => void): () => void;
  /** From 0 up to 1. */
  random(): number;
  /** Other threads change tables too: their changes are looked for. */
  readonly otherThreads: boolean;
}
