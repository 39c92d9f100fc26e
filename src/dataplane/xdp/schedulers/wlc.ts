import { leastScheduler, measures } from "./least.js";

/** The server with the least connections for its weight (ip_vs_wlc.c). */
export const wlc = leastScheduler("wlc", 4, measures.weighted);
