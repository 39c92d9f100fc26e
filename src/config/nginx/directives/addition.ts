import { readTypeList } from "../readers/types.js";
import { custom, many, text } from "./builders.js";
import { levels } from "./contexts.js";

// ngx_http_addition_filter_module.
export const addBeforeBody = text("add_before_body", levels, undefined);
export const addAfterBody = text("add_after_body", levels, undefined);
export const additionTypes = custom<readonly string[]>(
  "addition_types",
  levels,
  [1, many],
  ["text/html"],
  readTypeList,
);
