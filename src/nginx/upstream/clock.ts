import type { SharedMemory } from "../../proxy/index.js";

/** Milliseconds of a clock that all threads share and that never goes back. It begins late enough for "never" to be 0. */
export type Clock = () => number;

const BEGIN = 1e9;

export function sharedClock(memory: SharedMemory): Clock {
  return () => BEGIN + performance.now() + memory.clockOffset;
}

/** nginx counts failures by whole seconds. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
