export { Assembled } from "./assemble.js";
export type { AssembleOptions } from "./assemble-options.js";
export { type BindFailure, bindFailureText } from "./bind-error.js";
export type { BindOptions } from "./binding.js";
export { type SocketNeeds, socketNeeds } from "./global-limits.js";
export * from "./listener-plan.js";
export { OfferedSockets } from "./offered-sockets.js";
export { type BoundSockets, bindAll } from "./sockets.js";
export * from "./thread-link.js";
