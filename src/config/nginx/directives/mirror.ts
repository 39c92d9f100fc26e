import { readUriOrOff } from "../readers/core.js";
import { custom, flag } from "./builders.js";
import { levels } from "./contexts.js";

// ngx_http_mirror_module.
export const mirror = custom<readonly string[] | undefined>(
  "mirror",
  levels,
  [1, 1],
  undefined,
  (statement, _block, before) => readUriOrOff(statement, before, true),
);
export const mirrorRequestBody = flag("mirror_request_body", levels, true);
