import type { Template } from "../model/index.js";
import { readIndex, readTryFiles, type TryFiles } from "../readers/files.js";
import { custom, many, size } from "./builders.js";
import { levels, location, serverAndLocation } from "./contexts.js";
import { absent } from "./notes.js";

// ngx_http_empty_gif_module, ngx_http_index_module, ngx_http_try_files_module, ngx_http_stub_status_module, ngx_http_slice_filter_module.
export const emptyGif = custom<boolean>("empty_gif", location, [0, 0], false, () => true);
export const index = custom<readonly Template[] | undefined>(
  "index",
  levels,
  [1, many],
  undefined,
  readIndex,
);
export const tryFiles = custom<TryFiles | undefined>(
  "try_files",
  serverAndLocation,
  [2, many],
  undefined,
  readTryFiles,
);
export const stubStatus = custom<true | undefined>(
  "stub_status",
  serverAndLocation,
  [0, 1],
  undefined,
  () => true,
);
export const slice = size("slice", levels, 0, absent);
