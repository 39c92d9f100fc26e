import { coarseNow, type U32 } from "../../asm/index.js";

/** Time is counted in ticks of 2^24 ns (16.8 ms) since the machine started, in 32 bits that wrap after 2.2 years. */
export const tickShift = 24;
export const ticks = (seconds: number): number => Math.round((seconds * 1e9) / 2 ** tickShift);
export const seconds = (ticks: number): number => (ticks * 2 ** tickShift) / 1e9;

/** The time in ticks, as entries and servers have it. */
export const tickNow = (): U32 => coarseNow().shiftRight(tickShift).low;
