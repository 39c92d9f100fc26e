import type { Definition } from "../definition.js";
import type { ErrorPage, Listen, LocationMatch, ServerName } from "../model/index.js";
import { leaveHttp, leaveServer } from "../readers/complete-http.js";
import {
  type KeepaliveTimeout,
  readErrorPage,
  readKeepaliveTimeout,
  readLimitExcept,
} from "../readers/core.js";
import { type ErrorLog, readErrorLog } from "../readers/error-log.js";
import { type FileCache, readFileCache } from "../readers/file-cache.js";
import { type Root, readDirectio, readRoot, readTemporaryPath } from "../readers/files.js";
import { readHttpListen } from "../readers/listen.js";
import { readLocation } from "../readers/location.js";
import { onceInMain, readAio } from "../readers/process.js";
import { type Resolver, readResolver } from "../readers/resolver.js";
import { readServerNames } from "../readers/server-name.js";
import { readTypes } from "../readers/types.js";
import { addWordsOf, wordsOnce } from "../readers/words.js";
import {
  buffers,
  choice,
  choices,
  custom,
  flag,
  many,
  milliseconds,
  number,
  offset,
  poolSize,
  seconds,
  size,
  sizeTemplate,
  text,
} from "./builders.js";
import {
  http,
  httpServer,
  levels,
  levelsAndIf,
  location,
  main,
  serverAndLocation,
  servers,
} from "./contexts.js";
import { absent, afterwards, browsers, files, node, pools, symlinks, tables } from "./notes.js";

// ngx_http, ngx_http_core_module, ngx_http_copy_filter_module.
export const httpBlock = custom<true | undefined>("http", main, [0, 0], undefined, onceInMain("http"), {
  block: "http",
  leave: leaveHttp,
});
export const variablesHashMaxSize = number("variables_hash_max_size", http, 1024, tables);
export const variablesHashBucketSize = number("variables_hash_bucket_size", http, 64, tables);
export const serverNamesHashMaxSize = number("server_names_hash_max_size", http, 512, tables);
export const serverNamesHashBucketSize = number("server_names_hash_bucket_size", http, 64, tables);
export const server = custom<true | undefined>("server", http, [0, 0], undefined, () => true, {
  block: "http-server",
  leave: leaveServer,
});
export const connectionPoolSize = size("connection_pool_size", servers, 64 * 8, {
  ...pools,
  check: poolSize,
});
export const requestPoolSize = size("request_pool_size", servers, 4096, { ...pools, check: poolSize });
export const clientHeaderTimeout = milliseconds("client_header_timeout", servers, 60000);
export const clientHeaderBufferSize = size("client_header_buffer_size", servers, 1024);
export const largeClientHeaderBuffers = buffers("large_client_header_buffers", servers, {
  count: 4,
  size: 8192,
});
export const ignoreInvalidHeaders = flag("ignore_invalid_headers", servers, true);
export const mergeSlashes = flag("merge_slashes", servers, true);
export const underscoresInHeaders = flag("underscores_in_headers", servers, false);
export const locationBlock: Definition<LocationMatch | undefined> = custom<LocationMatch | undefined>(
  "location",
  serverAndLocation,
  [1, 2],
  undefined,
  (statement, block) => readLocation(statement, block, locationBlock),
  { block: "location" },
);
export const listen = custom<readonly Listen[]>("listen", httpServer, [1, many], [], readHttpListen);
export const serverName = custom<readonly ServerName[]>(
  "server_name",
  httpServer,
  [1, many],
  [],
  readServerNames,
);
export const typesHashMaxSize = number("types_hash_max_size", levels, 1024, tables);
export const typesHashBucketSize = number("types_hash_bucket_size", levels, 64, tables);
export const typesBlock = custom<ReadonlyMap<string, string> | undefined>(
  "types",
  levels,
  [0, 0],
  undefined,
  readTypes,
  { block: "words" },
);
export const defaultType = text("default_type", levels, "text/plain");
export const root = custom<Root | undefined>(
  "root",
  levelsAndIf,
  [1, 1],
  undefined,
  (statement, block, before, reading) => readRoot(statement, before, block.own(locationBlock), reading),
);
export const alias = custom<Root | undefined>(
  "alias",
  location,
  [1, 1],
  undefined,
  (statement, block, _before, reading) => {
    const value = readRoot(statement, block.own(root), block.own(locationBlock), reading);
    block.set(root, value);
    return value;
  },
);
export const limitExcept = custom<readonly string[] | undefined>(
  "limit_except",
  location,
  [1, many],
  undefined,
  readLimitExcept,
  { block: "limit_except" },
);
export const clientMaxBodySize = offset("client_max_body_size", levels, 1 * 1024 * 1024);
export const clientBodyBufferSize = size("client_body_buffer_size", levels, 2 * 4096);
export const clientBodyTimeout = milliseconds("client_body_timeout", levels, 60000);
export const clientBodyTempPath = custom<string | undefined>(
  "client_body_temp_path",
  levels,
  [1, 4],
  undefined,
  (statement, _block, before, reading) => readTemporaryPath(statement, before, reading),
);
export const clientBodyInFileOnly = choice(
  "client_body_in_file_only",
  levels,
  "off",
  ["off", "on", "clean"],
  absent,
);
export const clientBodyInSingleBuffer = flag("client_body_in_single_buffer", levels, false, absent);
export const sendfile = flag("sendfile", levelsAndIf, false);
export const sendfileMaxChunk = size("sendfile_max_chunk", levels, 2 * 1024 * 1024, node);
export const subrequestOutputBufferSize = size("subrequest_output_buffer_size", levels, 4096, node);
export const aio = custom<string | undefined>("aio", levels, [1, 1], undefined, readAio, node);
export const aioWrite = flag("aio_write", levels, false, node);
export const readAhead = size("read_ahead", levels, 0, node);
export const directio = custom<number>(
  "directio",
  levels,
  [1, 1],
  Number.POSITIVE_INFINITY,
  readDirectio,
  node,
);
export const directioAlignment = offset("directio_alignment", levels, 512, node);
export const tcpNopush = flag("tcp_nopush", levels, false);
export const tcpNodelay = flag("tcp_nodelay", levels, true);
export const sendTimeout = milliseconds("send_timeout", levels, 60000);
export const sendLowat = size("send_lowat", levels, 0, node);
export const postponeOutput = size("postpone_output", levels, 1460, node);
export const limitRate = sizeTemplate("limit_rate", levelsAndIf);
export const limitRateAfter = sizeTemplate("limit_rate_after", levelsAndIf);
export const keepaliveTime = milliseconds("keepalive_time", levels, 3600000);
export const keepaliveTimeout = custom<KeepaliveTimeout>(
  "keepalive_timeout",
  levels,
  [1, 2],
  { timeoutMs: 75000, header: 0 },
  readKeepaliveTimeout,
);
export const keepaliveRequests = number("keepalive_requests", levels, 1000);
export const keepaliveDisable = choices("keepalive_disable", levels, ["msie6"], ["none", "msie6", "safari"], {
  words: [1, 2],
  ...absent,
});
export const satisfy = choice("satisfy", levels, "all", ["all", "any"]);
export const authDelay = milliseconds("auth_delay", levels, 0);
export const internal = custom<boolean>("internal", location, [0, 0], false, () => true);
export const lingeringClose = choice("lingering_close", levels, "on", ["off", "on", "always"], absent);
export const lingeringTime = milliseconds("lingering_time", levels, 30000, absent);
export const lingeringTimeout = milliseconds("lingering_timeout", levels, 5000, absent);
export const resetTimedoutConnection = flag("reset_timedout_connection", levels, false, absent);
export const absoluteRedirect = flag("absolute_redirect", levels, true);
export const serverNameInRedirect = flag("server_name_in_redirect", levels, false);
export const portInRedirect = flag("port_in_redirect", levels, true);
export const msiePadding = flag("msie_padding", levels, true, browsers);
export const msieRefresh = flag("msie_refresh", levels, false, browsers);
export const logNotFound = flag("log_not_found", levels, true);
export const logSubrequest = flag("log_subrequest", levels, false);
export const recursiveErrorPages = flag("recursive_error_pages", levels, false);
export const serverTokens = choice("server_tokens", levels, "on", ["off", "on", "build"]);
export const ifModifiedSince = choice("if_modified_since", levels, "exact", ["off", "exact", "before"]);
export const maxRanges = number("max_ranges", levels, 2147483647);
export const chunkedTransferEncoding = flag("chunked_transfer_encoding", levels, true);
export const etag = flag("etag", levels, true);
export const errorPage = custom<readonly ErrorPage[] | undefined>(
  "error_page",
  levelsAndIf,
  [2, many],
  undefined,
  readErrorPage,
);
export const postAction = text("post_action", levelsAndIf, undefined, afterwards);
export const errorLog = custom<readonly ErrorLog[]>("error_log", levels, [1, many], [], readErrorLog);
export const openFileCache = custom<FileCache | "off" | undefined>(
  "open_file_cache",
  levels,
  [1, 2],
  undefined,
  (statement, _block, before) => readFileCache(statement, before),
  files,
);
export const openFileCacheValid = seconds("open_file_cache_valid", levels, 60, files);
export const openFileCacheMinUses = number("open_file_cache_min_uses", levels, 1, files);
export const openFileCacheErrors = flag("open_file_cache_errors", levels, false, files);
export const openFileCacheEvents = flag("open_file_cache_events", levels, false, files);
export const resolver = custom<Resolver | undefined>("resolver", levels, [1, many], undefined, readResolver);
export const resolverTimeout = milliseconds("resolver_timeout", levels, 30000);
export const gzipVary = flag("gzip_vary", levels, false);
export const gzipHttpVersion = choice("gzip_http_version", levels, "1.1", ["1.0", "1.1"]);
export const gzipProxied = choices(
  "gzip_proxied",
  levels,
  ["off"],
  ["off", "expired", "no-cache", "no-store", "private", "no_last_modified", "no_etag", "auth", "any"],
);
export const gzipDisable = custom<readonly string[] | undefined>(
  "gzip_disable",
  levels,
  [1, many],
  undefined,
  addWordsOf,
);
export const disableSymlinks = custom<readonly string[] | undefined>(
  "disable_symlinks",
  levels,
  [1, 2],
  undefined,
  wordsOnce,
  symlinks,
);
export const outputBuffers = buffers("output_buffers", levels, { count: 2, size: 32768 });
