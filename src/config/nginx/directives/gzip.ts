import { readTypeList } from "../readers/types.js";
import { bounds, buffers, choice, custom, flag, many, number, size } from "./builders.js";
import { levels, levelsAndIf } from "./contexts.js";
import { node } from "./notes.js";

// ngx_http_gzip_filter_module, ngx_http_gunzip_filter_module, ngx_http_gzip_static_module.
export const gzip = flag("gzip", levelsAndIf, false);
export const gzipBuffers = buffers("gzip_buffers", levels, { count: (128 * 1024) / 4096, size: 4096 });
export const gzipTypes = custom<readonly string[]>(
  "gzip_types",
  levels,
  [1, many],
  ["text/html"],
  readTypeList,
);
export const gzipCompLevel = number("gzip_comp_level", levels, 1, { check: bounds(1, 9) });
export const gzipWindow = size("gzip_window", levels, 32768);
export const gzipHash = size("gzip_hash", levels, 131072);
export const postponeGzipping = size("postpone_gzipping", levels, 0, node);
export const gzipNoBuffer = flag("gzip_no_buffer", levels, false, node);
export const gzipMinLength = size("gzip_min_length", levels, 20);
export const gunzip = flag("gunzip", levels, false);
export const gunzipBuffers = buffers("gunzip_buffers", levels, { count: (128 * 1024) / 4096, size: 4096 });
export const gzipStatic = choice("gzip_static", levels, "off", ["off", "on", "always"]);
