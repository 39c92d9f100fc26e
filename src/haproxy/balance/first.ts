import { type Algorithm, SCALE } from "./algorithm.js";
import { bestOf, hasRoom, type LbBackend, type LbServer } from "./lb-server.js";

/** `balance first` (lb_fas.c): the server with the lowest id that has room; weights count for nothing but 0. */
export class First implements Algorithm {
  readonly dynamic = true;
  readonly scale = SCALE;
  readonly divisor = 1;
  readonly queueMeansFull = true;
  readonly hashes = false;
  readonly #backend: LbBackend;

  constructor(backend: LbBackend) {
    this.#backend = backend;
  }

  start(): void {}
  changed(): void {}
  loaded(): void {}

  pick(_hash: number | undefined, avoid: LbServer | undefined): LbServer | undefined {
    return bestOf(this.#backend, avoid, hasRoom, lowerId);
  }
}

const lowerId = (one: LbServer, other: LbServer): boolean => one.id < other.id;
