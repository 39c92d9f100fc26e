export { processQueue } from "./dequeue.js";
export { Entries } from "./entries.js";
export { seek } from "./seek.js";
