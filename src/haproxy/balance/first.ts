import { type Algorithm, SCALE } from "./algorithm.js";
import { candidates, hasRoom, type LbBackend, type LbServer } from "./lb-server.js";

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
    const from = candidates(this.#backend);
    if (from === undefined) return undefined;
    if ("only" in from) return from.only;
    let best: LbServer | undefined;
    let avoided: LbServer | undefined;
    for (const each of this.#backend.servers) {
      if (!each.usable || each.backup !== from.backup || !hasRoom(each)) continue;
      if (each === avoid) avoided = each;
      else if (best === undefined || each.id < best.id) best = each;
    }
    return best ?? avoided;
  }
}
