export { LogRouter } from "./bus.js";
export { closeLogSockets } from "./datagram-sink.js";
export { compileFormat } from "./format.js";
export { Ring } from "./ring.js";
