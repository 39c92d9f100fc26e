import type { Listen } from "../../model/index.js";
import { leaveStream, leaveStreamServer } from "../../readers/complete-stream.js";
import { type ErrorLog, readErrorLog } from "../../readers/error-log.js";
import { readStreamListen } from "../../readers/listen.js";
import { onceInMain } from "../../readers/process.js";
import { type Resolver, readResolver } from "../../readers/resolver.js";
import { custom, flag, many, milliseconds, number, size } from "../builders.js";
import { main, stream, streamServer, streamServers } from "../contexts.js";
import { tables } from "../notes.js";

// ngx_stream, ngx_stream_core_module.
export const streamBlock = custom<true | undefined>("stream", main, [0, 0], undefined, onceInMain("stream"), {
  block: "stream",
  leave: leaveStream,
});
export const variablesHashMaxSize = number("variables_hash_max_size", stream, 1024, tables);
export const variablesHashBucketSize = number("variables_hash_bucket_size", stream, 64, tables);
export const server = custom<true | undefined>("server", stream, [0, 0], undefined, () => true, {
  block: "stream-server",
  leave: leaveStreamServer,
});
export const listen = custom<readonly Listen[]>("listen", streamServer, [1, many], [], readStreamListen);
export const errorLog = custom<readonly ErrorLog[]>("error_log", streamServers, [1, many], [], readErrorLog);
export const resolver = custom<Resolver | undefined>(
  "resolver",
  streamServers,
  [1, many],
  undefined,
  readResolver,
);
export const resolverTimeout = milliseconds("resolver_timeout", streamServers, 30000);
export const proxyProtocolTimeout = milliseconds("proxy_protocol_timeout", streamServers, 30000);
export const tcpNodelay = flag("tcp_nodelay", streamServers, true);
export const prereadBufferSize = size("preread_buffer_size", streamServers, 16384);
export const prereadTimeout = milliseconds("preread_timeout", streamServers, 30000);
