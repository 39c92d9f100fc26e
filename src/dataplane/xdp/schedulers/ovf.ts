import { heaviestScheduler } from "./heaviest.js";

/** Overflow: the heaviest server that has no more active connections than its weight (ip_vs_ovf.c). */
export const ovf = heaviestScheduler("ovf", 12, (server) => server.active.atMost(server.weight));
