import { addWordsOf } from "../readers/words.js";
import { custom, many, number } from "./builders.js";
import { serverAndLocation } from "./contexts.js";
import { tables } from "./notes.js";

// ngx_http_referer_module.
export const validReferers = custom<readonly string[] | undefined>(
  "valid_referers",
  serverAndLocation,
  [1, many],
  undefined,
  addWordsOf,
);
export const refererHashMaxSize = number("referer_hash_max_size", serverAndLocation, 2048, tables);
export const refererHashBucketSize = number("referer_hash_bucket_size", serverAndLocation, 64, tables);
