import { leastScheduler, measures } from "./least.js";

/**
 * The server where a connection waits least: active connections and this one, for its weight (ip_vs_sed.c). Inactive
 * connections don't count.
 */
export const sed = leastScheduler("sed", 7, measures.delay);
