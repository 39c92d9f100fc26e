// What serves is in run.ts and worker.ts, and is loaded by who serves.
export { daemonise } from "./daemonise.js";
export { Journal } from "./journal.js";
export { ownPart, type Part } from "./part.js";
export { type NginxOptions, read } from "./prepare.js";
export { sendSignal } from "./send-signal.js";
