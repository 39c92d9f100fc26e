import type { Context } from "../definition.js";

export const main: readonly Context[] = ["main"];
export const events: readonly Context[] = ["events"];
export const http: readonly Context[] = ["http"];
export const httpServer: readonly Context[] = ["http-server"];
export const location: readonly Context[] = ["location"];
export const httpUpstream: readonly Context[] = ["http-upstream"];
/** http and its servers. */
export const servers: readonly Context[] = ["http", "http-server"];
/** http, its servers and their locations: where most directives may stand. */
export const levels: readonly Context[] = ["http", "http-server", "location"];
export const levelsAndIf: readonly Context[] = [...levels, "location-if"];
export const levelsAndLimit: readonly Context[] = [...levels, "limit_except"];
export const levelsIfAndLimit: readonly Context[] = [...levelsAndIf, "limit_except"];
export const levelsAndIfs: readonly Context[] = [
  "http",
  "http-server",
  "server-if",
  "location",
  "location-if",
];
export const serverAndLocation: readonly Context[] = ["http-server", "location"];
/** Where ngx_http_rewrite_module works. */
export const rewriting: readonly Context[] = ["http-server", "server-if", "location", "location-if"];
export const locationAndIf: readonly Context[] = ["location", "location-if"];
export const locationIfAndLimit: readonly Context[] = ["location", "location-if", "limit_except"];
export const stream: readonly Context[] = ["stream"];
export const streamServer: readonly Context[] = ["stream-server"];
export const streamUpstream: readonly Context[] = ["stream-upstream"];
export const streamServers: readonly Context[] = ["stream", "stream-server"];
