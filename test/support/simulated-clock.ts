import type { Clock } from "../../src/health/index.js";

/** A clock that goes only when it is told to: hours of checks in a moment. */
export class SimulatedClock implements Clock {
  #now = 0;
  #count = 0;
  readonly #timers = new Map<number, { at: number; then: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, then: () => void): () => void {
    const id = this.#count++;
    this.#timers.set(id, { at: this.#now + Math.max(0, milliseconds), then });
    return () => void this.#timers.delete(id);
  }

  /** Runs all that is due until a time, in order; promises that are settled by it go on before the next one. */
  async runTo(end: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = [...this.#timers].sort(([a, one], [b, other]) => one.at - other.at || a - b)[0];
      if (!next || next[1].at > end) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].then();
    }
    this.#now = end;
  }
}
