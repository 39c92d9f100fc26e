import { addWordsOf, obsolete } from "../readers/words.js";
import { custom, flag, number, size } from "./builders.js";
import { http, levels, servers } from "./contexts.js";
import { absent, node, pools, push, tables } from "./notes.js";

// ngx_http_v2_module.
export const http2RecvBufferSize = size("http2_recv_buffer_size", http, 256 * 1024, pools);
export const http2PoolSize = size("http2_pool_size", servers, 4096, pools);
export const http2MaxConcurrentStreams = number("http2_max_concurrent_streams", servers, 128, absent);
export const http2MaxConcurrentPushes = number("http2_max_concurrent_pushes", servers, 10, push);
export const http2MaxRequests = custom<string | undefined>(
  "http2_max_requests",
  servers,
  [1, 1],
  undefined,
  obsolete,
);
export const http2MaxFieldSize = custom<string | undefined>(
  "http2_max_field_size",
  servers,
  [1, 1],
  undefined,
  obsolete,
);
export const http2MaxHeaderSize = custom<string | undefined>(
  "http2_max_header_size",
  servers,
  [1, 1],
  undefined,
  obsolete,
);
export const http2BodyPrereadSize = size("http2_body_preread_size", servers, 65536, node);
export const http2StreamsIndexSize = number("http2_streams_index_size", servers, 32 - 1, tables);
export const http2RecvTimeout = custom<string | undefined>(
  "http2_recv_timeout",
  servers,
  [1, 1],
  undefined,
  obsolete,
);
export const http2IdleTimeout = custom<string | undefined>(
  "http2_idle_timeout",
  servers,
  [1, 1],
  undefined,
  obsolete,
);
export const http2ChunkSize = size("http2_chunk_size", levels, 8 * 1024, node);
export const http2PushPreload = flag("http2_push_preload", levels, false, push);
export const http2Push = custom<readonly string[] | undefined>(
  "http2_push",
  levels,
  [1, 1],
  undefined,
  addWordsOf,
  push,
);
