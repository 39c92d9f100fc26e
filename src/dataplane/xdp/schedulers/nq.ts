import { leastScheduler, measures } from "./least.js";

/** The first server without an active connection, whatever its weight; if there is none, as sed (ip_vs_nq.c). */
export const nq = leastScheduler("nq", 8, { ...measures.delay, idleFirst: true });
