import { hostname } from "node:os";
import { IpAddress } from "../../../wire/index.js";
import { isoTime, localTime } from "../../log/times.js";
import type { Registry } from "../../variables/registry.js";
import { readingOf, type WorkerCounts } from "../counts.js";
import type { HttpRequest } from "../request.js";

/** The variables of the client's connection, of this process and of the time. */
export function defineConnectionVariables(registry: Registry<HttpRequest>, version: string): void {
  const define = (name: string, get: (request: HttpRequest) => string | undefined) =>
    registry.define(name, get, { kept: false });
  define("remote_addr", (request) => request.clientAddress);
  define("remote_port", ({ clientPort }) => String(clientPort));
  define("binary_remote_addr", ({ clientAddress }) => binary(clientAddress));
  define("realip_remote_addr", ({ connection }) => connection.clientAddress);
  define("realip_remote_port", ({ connection }) => String(connection.clientPort));
  define("server_addr", ({ connection }) => connection.serverAddress);
  define("server_port", ({ connection }) => String(connection.serverPort));
  define("server_name", ({ server }) => server.name);
  define("connection", ({ connection }) => String(connection.number));
  define("connection_requests", ({ connection }) => String(connection.requests));
  define("connection_time", ({ connection }) => ((performance.now() - connection.beganAt) / 1000).toFixed(3));
  define("pipe", ({ exchange }) => (exchange.pipelined ? "p" : "."));
  defineProxyProtocol(define);
  const name = hostname();
  define("hostname", () => name);
  define("pid", () => String(process.pid));
  define("nginx_version", () => version);
  define("msec", () => (Date.now() / 1000).toFixed(3));
  define("time_local", () => localTime(new Date()));
  define("time_iso8601", () => isoTime(new Date()));
}

/** Connections that there are, by what they do (ngx_http_stub_status_module). */
export function defineCounts(registry: Registry<HttpRequest>, counts: WorkerCounts): void {
  const define = (name: string, get: () => number) =>
    registry.define(name, () => String(get()), { kept: false });
  define("connections_active", () => counts.total.active);
  define("connections_reading", () => readingOf(counts.total));
  define("connections_writing", () => counts.total.writing);
  define("connections_waiting", () => counts.total.waiting);
}

function defineProxyProtocol(
  define: (name: string, get: (request: HttpRequest) => string | undefined) => void,
): void {
  const head = ({ connection }: HttpRequest) => connection.info.proxyProtocol;
  define("proxy_protocol_addr", (request) => head(request)?.source?.host);
  define("proxy_protocol_port", (request) => head(request)?.source?.port.toString());
  define("proxy_protocol_server_addr", (request) => head(request)?.destination?.host);
  define("proxy_protocol_server_port", (request) => head(request)?.destination?.port.toString());
}

/** An address as bytes, each a character: the shortest key of limit_req and limit_conn. */
function binary(address: string): string {
  const parsed = IpAddress.parse(address);
  return parsed === undefined ? address : Buffer.from(parsed.bytes).toString("latin1");
}
