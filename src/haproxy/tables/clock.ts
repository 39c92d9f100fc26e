/**
 * Milliseconds of CLOCK_MONOTONIC, the same in all threads (performance.now() begins anew in each). Stick tables keep times of this clock.
 */
export function monotonicNow(): number {
  return Math.floor(performance.now() + offset);
}

const offset = offsetNow();

function offsetNow(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6 - performance.now();
}
