import type { Template } from "../model/index.js";
import { readUriOrOff } from "../readers/core.js";
import { configTemplate, readVariablePair } from "../readers/words.js";
import { custom, type Pair, template } from "./builders.js";
import { levels, levelsAndLimit } from "./contexts.js";

// ngx_http_auth_basic_module, ngx_http_auth_request_module.
export const authBasic = template("auth_basic", levelsAndLimit);
export const authBasicUserFile = custom<Template | undefined>(
  "auth_basic_user_file",
  levelsAndLimit,
  [1, 1],
  undefined,
  (statement, _block, before, reading) => configTemplate(statement, before, reading),
);
export const authRequest = custom<readonly string[] | undefined>(
  "auth_request",
  levels,
  [1, 1],
  undefined,
  (statement, _block, before) => readUriOrOff(statement, before, false),
);
export const authRequestSet = custom<readonly Pair[] | undefined>(
  "auth_request_set",
  levels,
  [2, 2],
  undefined,
  readVariablePair,
);
