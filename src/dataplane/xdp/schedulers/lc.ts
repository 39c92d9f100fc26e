import { leastScheduler, measures } from "./least.js";

/** The server with the least connections, whatever its weight (ip_vs_lc.c). */
export const lc = leastScheduler("lc", 3, measures.unweighted);
