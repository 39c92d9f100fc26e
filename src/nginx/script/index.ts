export { capturedGroup } from "./capture.js";
export { type Compiled, compile, constant } from "./compile.js";
export type { RewriteLog } from "./rewrite/engine.js";
export { compileRewrites, type RewriteProgram } from "./rewrite/program.js";
export { changeUri, mostUriChanges, type Rewritable, type RewriteResult } from "./rewrite/rewritable.js";
export { hasVariables, type Piece, parseTemplate } from "./template.js";
