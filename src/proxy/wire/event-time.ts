let loop: { readonly busy: boolean } | undefined;
let time = -1;

/** While this loop is busy with a batch of events all that asks for the time is given the same; it tells when their work is over. */
export function timedBy(by: { readonly busy: boolean }): void {
  loop = by;
}

export function eventOver(): void {
  time = -1;
}

/** Milliseconds of the monotonic clock (performance.now()), taken once for each batch of events: an exchange asks for it ten times. */
export function eventTime(): number {
  if (loop === undefined || !loop.busy) return performance.now();
  if (time < 0) time = performance.now();
  return time;
}
