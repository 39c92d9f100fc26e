import { readTypeList } from "../readers/types.js";
import { readSubFilter, type SubFilter } from "../readers/words.js";
import { custom, flag, many } from "./builders.js";
import { levels } from "./contexts.js";

// ngx_http_sub_filter_module.
export const subFilter = custom<readonly SubFilter[] | undefined>(
  "sub_filter",
  levels,
  [2, 2],
  undefined,
  readSubFilter,
);
export const subFilterTypes = custom<readonly string[]>(
  "sub_filter_types",
  levels,
  [1, many],
  ["text/html"],
  readTypeList,
);
export const subFilterOnce = flag("sub_filter_once", levels, true);
export const subFilterLastModified = flag("sub_filter_last_modified", levels, false);
