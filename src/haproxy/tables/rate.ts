/**
 * A rate of an entry (freq_ctr.h): events in the current period, and what of the period before is still within the last `periodMs`.
 * Four words: when the current period began (a double, milliseconds; 0: never), its events, the earlier period's events.
 */
export interface RateWords {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

/** Counts events, and gives how many the current period has. */
export function addToRate(
  memory: RateWords,
  at: number,
  periodMs: number,
  now: number,
  amount: number,
): number {
  const { words, doubles } = memory;
  const began = doubles[at >> 1] as number;
  const age = now - began;
  if (began !== 0 && age < periodMs) {
    words[at + 2] = (words[at + 2] as number) + amount;
    return (words[at + 2] as number) >>> 0;
  }
  const next = began !== 0 && age < 2 * periodMs;
  words[at + 3] = next ? (words[at + 2] as number) : 0;
  words[at + 2] = amount;
  doubles[at >> 1] = next ? began + periodMs : now;
  return amount;
}

/** Events of the last period (read_freq_ctr_period): where there was at most one in it, none is lost of it until it is wholly over. */
export function readRate(memory: RateWords, at: number, periodMs: number, now: number): number {
  const began = memory.doubles[at >> 1] as number;
  if (began === 0) return 0;
  let current = (memory.words[at + 2] as number) >>> 0;
  let before = (memory.words[at + 3] as number) >>> 0;
  let remain = began + periodMs - now;
  if (remain < 0) {
    remain += periodMs;
    before = remain >= 0 ? current : 0;
    current = 0;
  }
  if (current === 0 && before <= 1) return before;
  return Math.floor((before * remain) / periodMs) + current;
}

/** What `set table` does: so many events from now on, none before. */
export function setRate(memory: RateWords, at: number, now: number, events: number): void {
  memory.doubles[at >> 1] = now;
  memory.words[at + 2] = events;
  memory.words[at + 3] = 0;
}
