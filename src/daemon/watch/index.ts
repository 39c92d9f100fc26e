export type { WatchEvent } from "./event.js";
export { openWatchHome, type WatchHome, watchSocket } from "./home.js";
export { type KeptStore, keptFile } from "./kept-file.js";
export type { Kept } from "./machine.js";
export type { WatchOptions } from "./options.js";
export type { PlaceStatus } from "./status.js";
export { restoreKept, Watch, type WatchWorld } from "./watch.js";
