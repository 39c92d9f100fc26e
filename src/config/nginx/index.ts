export { Block } from "./block.js";
export type { Context, Definition } from "./definition.js";
export type { Diagnostic } from "./diagnostic.js";
export { type ReadOptions, type ReadResult, readConfig } from "./read-config.js";
export type { NginxWorld, SourceFile } from "./reading.js";
export type { Statement, Word } from "./statement.js";
