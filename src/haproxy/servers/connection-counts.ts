import type { SharedMemory } from "../../proxy/index.js";
import type { ServerConnections } from "../run/index.js";

const at = { idle: 0, safe: 1, used: 2 } as const;

/** How many connections this thread's pool has to a server; a row a thread, of which the sums are shown. */
export class ConnectionCounts implements ServerConnections {
  closeIdle: (() => void) | undefined;
  readonly #rows: Int32Array;
  readonly #own: number;

  constructor(memory: SharedMemory, name: string) {
    this.#rows = memory.int32(`connections ${name}`, 16 * memory.workers);
    this.#own = 16 * memory.worker;
  }

  get idle(): number {
    return this.#rows[this.#own + at.idle] as number;
  }
  set idle(count: number) {
    this.#rows[this.#own + at.idle] = count;
  }
  get safe(): number {
    return this.#rows[this.#own + at.safe] as number;
  }
  set safe(count: number) {
    this.#rows[this.#own + at.safe] = count;
  }
  get used(): number {
    return this.#rows[this.#own + at.used] as number;
  }
  set used(count: number) {
    this.#rows[this.#own + at.used] = count;
  }

  total(which: keyof typeof at): number {
    let total = 0;
    for (let row = 0; row < this.#rows.length; row += 16) total += this.#rows[row + at[which]] as number;
    return total;
  }
}
