import type { AddedHeader } from "../model/index.js";
import { type Expires, readAddedHeader, readExpires } from "../readers/headers.js";
import { custom } from "./builders.js";
import { levelsAndIf } from "./contexts.js";

// ngx_http_headers_filter_module.
export const expires = custom<Expires | undefined>("expires", levelsAndIf, [1, 2], undefined, readExpires);
export const addHeader = custom<readonly AddedHeader[] | undefined>(
  "add_header",
  levelsAndIf,
  [2, 3],
  undefined,
  readAddedHeader,
);
export const addTrailer = custom<readonly AddedHeader[] | undefined>(
  "add_trailer",
  levelsAndIf,
  [2, 3],
  undefined,
  readAddedHeader,
);
