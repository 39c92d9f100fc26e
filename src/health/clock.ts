/** Time as the checks know it. */
export interface Clock {
  /** Milliseconds that only go forward. */
  now(): number;
  /** Calls back once, in so many milliseconds; what it gives calls that off. */
  after(milliseconds: number, then: () => void): () => void;
}

/** No timer of Node is longer. */
const longest = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, then) {
    const timer = setTimeout(then, Math.min(longest, Math.max(0, milliseconds)));
    return () => clearTimeout(timer);
  },
};
