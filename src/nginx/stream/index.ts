export { Session } from "./session.js";
export type { Content, ProxySettings, ProxyTarget, StreamServer } from "./settings.js";
export {
  type MadeStream,
  makeStream,
  runStream,
  type StartSurroundings,
  startStream,
} from "./start-stream.js";
export { runServers, type StreamRun, type StreamSurroundings } from "./stream-run.js";
export { defineVariables } from "./variables.js";
