export * from "./agent/index.js";
export { askDaemon, openControlSocket } from "./control-socket.js";
export * from "./keepalived/index.js";
export * from "./sync/index.js";
export * from "./watch/index.js";
