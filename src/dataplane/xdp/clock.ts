import { coarseNow, type U32 } from "../../asm/index.js";
import { tickShift } from "./layout.js";

/** The time in ticks, as entries and servers have it. It wraps. */
export const tickNow = (): U32 => coarseNow().shiftRight(tickShift).low;
