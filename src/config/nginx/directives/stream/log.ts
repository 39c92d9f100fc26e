import type { AccessLog, LogFormat } from "../../model/index.js";
import { type FileCache, readFileCache } from "../../readers/file-cache.js";
import { readAccessLog, readLogFormat } from "../../readers/log.js";
import { custom, many } from "../builders.js";
import { stream, streamServers } from "../contexts.js";

// ngx_stream_log_module.
export const logFormat = custom<readonly LogFormat[]>("log_format", stream, [2, many], [], readLogFormat);
export const accessLog = custom<readonly AccessLog[] | undefined>(
  "access_log",
  streamServers,
  [1, many],
  undefined,
  readAccessLog((block) => block.value(logFormat), undefined),
);
export const openLogFileCache = custom<FileCache | "off" | undefined>(
  "open_log_file_cache",
  streamServers,
  [1, 4],
  undefined,
  (statement, _block, before) => readFileCache(statement, before),
);
