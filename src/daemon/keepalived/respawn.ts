/** So many ends in so many milliseconds are made good at once; then there are pauses. */
const burst = 3;
const within = 10_000;
const firstPause = 500;
const longestPause = 60_000;

/**
 * When who has ended is begun again: at once, unless he ends again and again; then after pauses that double. It never gives up.
 * Pure; times are milliseconds of a clock that only goes forward.
 */
export class Respawn {
  #ends: number[] = [];
  #pause = 0;

  /** How long to wait, in milliseconds, before he is begun again who has just ended. */
  ended(now: number): number {
    const last = this.#ends.at(-1);
    if (last !== undefined && now - last > Math.max(within, 2 * this.#pause)) {
      this.#ends = [];
      this.#pause = 0;
    }
    this.#ends.push(now);
    if (this.#pause === 0 && this.#ends.filter((end) => now - end < within).length <= burst) return 0;
    this.#pause = this.#pause === 0 ? firstPause : Math.min(longestPause, 2 * this.#pause);
    return this.#pause;
  }
}
