import { heaviestScheduler } from "./heaviest.js";

/** Failover: the heaviest server that is available (ip_vs_fo.c). */
export const fo = heaviestScheduler("fo", 11);
