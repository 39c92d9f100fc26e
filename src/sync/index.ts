export { type BackupCounters, SyncBackup } from "./backup.js";
export { type MasterCounters, SyncMaster } from "./master.js";
export type { SyncSettings } from "./settings.js";
export { fetchWholeTable, WholeTableServer } from "./whole-table.js";
