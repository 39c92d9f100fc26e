// What serves is in serve.ts, and is loaded by who serves: a master, a check or a daemon's starter does without.
export { bindOptions } from "./bind-options.js";
export { type Child, type MasterState, showProc } from "./child.js";
export { daemonise, detach, leaveTerminal } from "./daemonise.js";
export { exportEnvironment } from "./environment.js";
export { inheritedSockets } from "./inherited-sockets.js";
export { Master } from "./master.js";
export type { MasterOptions } from "./master-options.js";
export { openMasterSockets } from "./master-sockets.js";
export { Messages } from "./messages.js";
export { tellProcesses } from "./old-processes.js";
export { oldSockets } from "./old-sockets.js";
export { PidFile } from "./pid-file.js";
export type { RunSettings } from "./run-settings.js";
export { ownPart, type Part } from "./spawn-self.js";
export type { FromWorker, ToWorker } from "./worker-messages.js";
