export type { Diagnostic, Refusal, TextEdit } from "./diagnostic.js";
export { applyEdits } from "./fix/apply-edits.js";
export { fixConfig, type MendedFile } from "./fix/fix-config.js";
export { formatDiagnostic } from "./format-diagnostic.js";
export type { Block, Row, Statement, Word } from "./grammar/statement.js";
export {
  argumentCount,
  type Context,
  contextsOf,
  type Keyword,
  keywordIn,
  keywords,
  type Status,
} from "./keywords/index.js";
export { lintConfigs } from "./lint/index.js";
export * from "./model/index.js";
export { printConfig } from "./print/print.js";
export { type ReadOptions, type ReadResult, readConfig, readSources, type Sources } from "./read-config.js";
export type {
  FileAnswer,
  GlobAnswer,
  InterfaceAnswer,
  ScriptAnswer,
  UserAnswer,
  World,
} from "./source/world.js";
export { exitStatusOf, type TestResult, testConfigs } from "./test-config.js";
