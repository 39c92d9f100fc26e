import { readTypeList } from "../readers/types.js";
import { custom, many, text } from "./builders.js";
import { levels } from "./contexts.js";
import { absent } from "./notes.js";

// ngx_http_addition_filter_module.
export const addBeforeBody = text("add_before_body", levels, undefined, absent);
export const addAfterBody = text("add_after_body", levels, undefined, absent);
export const additionTypes = custom<readonly string[]>(
  "addition_types",
  levels,
  [1, many],
  ["text/html"],
  readTypeList,
  absent,
);
