export { syncDaemons } from "./daemons.js";
export { readNote, roles as syncRoles, type SyncRole, socketOf as syncSocket, syncFolder } from "./place.js";
export { type RunningSync, runSync } from "./run.js";
