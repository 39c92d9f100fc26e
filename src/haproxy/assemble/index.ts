export { Assembled, type AssembleOptions } from "./assemble.js";
export { type SocketNeeds, socketNeeds } from "./global-limits.js";
export * from "./listener-plan.js";
export * from "./sockets.js";
export * from "./thread-link.js";
