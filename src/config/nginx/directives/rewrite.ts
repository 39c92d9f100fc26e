import type { IfCondition } from "../model/index.js";
import { enterIf, into, readIf, readReturn, readRewrite, readSet } from "../readers/rewrite.js";
import { custom, flag, many } from "./builders.js";
import { httpServer, levelsAndIfs, location, rewriting } from "./contexts.js";
import { absent, debug } from "./notes.js";

// ngx_http_rewrite_module.
export const rewrite = custom<void>("rewrite", rewriting, [2, 3], undefined, into(readRewrite));
export const returnStatement = custom<void>("return", rewriting, [1, 2], undefined, into(readReturn));
export const breakStatement = custom<void>(
  "break",
  rewriting,
  [0, 0],
  undefined,
  into((statement) => ({ kind: "break", place: statement.name.place })),
);
export const setStatement = custom<void>("set", rewriting, [2, 2], undefined, into(readSet));
export const rewriteLog = flag("rewrite_log", levelsAndIfs, false, debug);
export const uninitializedVariableWarn = flag("uninitialized_variable_warn", levelsAndIfs, true, absent);

/** `if (CONDITION) { … }` of a server. */
export const serverIf = custom<IfCondition | undefined>("if", httpServer, [1, many], undefined, readIf, {
  block: "server-if",
  enter: (child, value) => enterIf(child, value!),
});

/** `if (CONDITION) { … }` of a location. */
export const locationIf = custom<IfCondition | undefined>("if", location, [1, many], undefined, readIf, {
  block: "location-if",
  enter: (child, value) => enterIf(child, value!),
});
