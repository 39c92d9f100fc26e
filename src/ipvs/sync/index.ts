export type { SyncDaemons } from "./daemons.js";
export { keptFlags, type SequenceShift, type SyncEntry, SyncFlag } from "./entry.js";
export { readExtension, type SyncExtension, writeExtension } from "./extension.js";
export { readSyncMessage, type SyncFault, type SyncMessage } from "./read.js";
export { isDue, isTold, type SyncRule } from "./rule.js";
export type { SyncInserted, SyncTable, SyncTold } from "./table.js";
export { SyncMessageWriter } from "./write.js";
