import type { Template } from "../../model/index.js";
import { readVariablePair, templateOnce } from "../../readers/words.js";
import { custom, type Pair } from "../builders.js";
import { streamServer } from "../contexts.js";

// ngx_stream_return_module, ngx_stream_set_module.
export const returnStatement = custom<Template | undefined>(
  "return",
  streamServer,
  [1, 1],
  undefined,
  templateOnce,
);
export const setStatement = custom<readonly Pair[]>("set", streamServer, [2, 2], [], readVariablePair);
