import type { Ranges } from "./liveness.js";

/** When a register or a stack slot is taken. */
export class Occupancy {
  /** In order and apart from one another. */
  readonly #taken: Ranges = [];

  /** Whether something is there at any time of these ranges. */
  meets(ranges: Ranges): boolean {
    return ranges.some(({ start, end }) => {
      const next = this.#taken[this.#firstAfter(start)];
      return next !== undefined && next.start < end;
    });
  }

  /** Takes what is free. */
  take(ranges: Ranges): void {
    for (const range of ranges) this.#taken.splice(this.#firstAfter(range.start), 0, range);
  }

  /** The index of the first range that ends later than this. */
  #firstAfter(position: number): number {
    let low = 0;
    let high = this.#taken.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#taken[middle]!.end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
