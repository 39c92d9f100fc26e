export { monotonicNow } from "./clock.js";
export { tableCommand } from "./commands.js";
export type { Entry } from "./entry.js";
export { type ExchangedEntry, type ExchangedValue, learnEntry, readEntry } from "./exchange.js";
export { keyText } from "./key.js";
export { type StoredField, type StoredName, storedName, storedNames } from "./stored.js";
export { Table } from "./table.js";
export { entryLine, tableHead } from "./text.js";
export * from "./track.js";
