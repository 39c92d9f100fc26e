import { readTypeList } from "../readers/types.js";
import { wordOnce } from "../readers/words.js";
import { custom, flag, many } from "./builders.js";
import { http, levels, levelsAndIf } from "./contexts.js";
import { conversion } from "./notes.js";

// ngx_http_charset_filter_module.
export const charset = custom<string | undefined>("charset", levelsAndIf, [1, 1], undefined, wordOnce);
export const sourceCharset = custom<string | undefined>(
  "source_charset",
  levelsAndIf,
  [1, 1],
  undefined,
  wordOnce,
);
export const overrideCharset = flag("override_charset", levelsAndIf, false);
export const charsetTypes = custom<readonly string[]>(
  "charset_types",
  levels,
  [1, many],
  [
    "text/html",
    "text/xml",
    "text/plain",
    "text/vnd.wap.wml",
    "application/javascript",
    "application/rss+xml",
  ],
  readTypeList,
);
export const charsetMap = custom<string | undefined>("charset_map", http, [2, 2], undefined, wordOnce, {
  block: "words",
  ...conversion,
});
