import { hostname } from "node:os";
import type { Endpoint } from "../../proxy/index.js";
import { IpAddress } from "../../wire/index.js";
import { isoTime, localTime } from "../log/times.js";
import { tlsVariables } from "../tls/variables.js";
import type { Registry } from "../variables/registry.js";
import type { Getter } from "../variables/subject.js";
import type { ClientHello } from "./client-hello.js";
import type { Session, UpstreamState } from "./session.js";

/** The version that the variables tell, for configurations that look at it. */
const NGINX_VERSION = "1.22.1";

/** "12.345" of milliseconds. */
function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  return `${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, "0")}`;
}

const address = ({ host, family }: Endpoint): string => (family === 0 ? `unix:${host}` : host);
const port = (of: Endpoint | undefined): string =>
  of === undefined || of.family === 0 ? "" : String(of.port);

const core: Record<string, Getter<Session>> = {
  remote_addr: ({ client }) => address(client),
  remote_port: ({ client }) => port(client),
  binary_remote_addr: ({ client }) =>
    Buffer.from(IpAddress.parse(client.host)?.bytes ?? []).toString("latin1"),
  proxy_protocol_addr: ({ proxyProtocol }) => proxyProtocol && (proxyProtocol.source?.host ?? ""),
  proxy_protocol_port: ({ proxyProtocol }) => proxyProtocol && port(proxyProtocol.source),
  proxy_protocol_server_addr: ({ proxyProtocol }) => proxyProtocol && (proxyProtocol.destination?.host ?? ""),
  proxy_protocol_server_port: ({ proxyProtocol }) => proxyProtocol && port(proxyProtocol.destination),
  realip_remote_addr: ({ realClient }) => address(realClient),
  realip_remote_port: ({ realClient }) => port(realClient),
  server_addr: ({ server }) => address(server),
  server_port: ({ server }) => port(server),
  bytes_sent: ({ sent }) => String(sent),
  bytes_received: ({ received }) => String(received),
  connection: ({ number }) => String(number),
  nginx_version: () => NGINX_VERSION,
  hostname: () => hostname().toLowerCase(),
  pid: () => String(process.pid),
  protocol: ({ protocol }) => protocol,
};

const changing: Record<string, Getter<Session>> = {
  session_time: ({ started }) => seconds(performance.now() - started),
  status: ({ status }) => String(status).padStart(3, "0"),
  msec: () => seconds(Date.now()),
  time_iso8601: () => isoTime(new Date()),
  time_local: () => localTime(new Date()),
  limit_conn_status: ({ limitStatus }) => limitStatus,
  upstream_addr: each(({ peer }) => peer),
  upstream_bytes_sent: each(({ bytesSent }) => String(bytesSent)),
  upstream_bytes_received: each(({ bytesReceived }) => String(bytesReceived)),
  upstream_connect_time: each(({ connectTime }) => timeOrNone(connectTime)),
  upstream_first_byte_time: each(({ firstByteTime }) => timeOrNone(firstByteTime)),
  upstream_session_time: each(({ responseTime }) => timeOrNone(responseTime)),
};

const hello =
  (of: (hello: ClientHello) => string): Getter<Session> =>
  (session) =>
    session.hello && of(session.hello);
const offered: Record<string, Getter<Session>> = {
  ssl_preread_protocol: hello(({ protocol }) => protocol),
  ssl_preread_server_name: hello(({ serverName }) => serverName),
  ssl_preread_alpn_protocols: hello(({ alpn }) => alpn),
};

/** Variables of stream's own modules (ngx_stream_variables.c, upstream, realip, ssl, ssl_preread). */
export function defineVariables(registry: Registry<Session>): void {
  for (const [name, get] of Object.entries({ ...core, ...offered })) registry.define(name, get);
  for (const [name, of] of Object.entries(tlsVariables))
    registry.define(name, ({ tls, verifyDepth }) => tls && of(tls, verifyDepth));
  for (const [name, get] of Object.entries(changing)) registry.define(name, get, { kept: false });
}

/** One of each server that was tried. */
function each(of: (state: UpstreamState) => string): Getter<Session> {
  return ({ upstreams }) => (upstreams.length === 0 ? undefined : upstreams.map(of).join(", "));
}

function timeOrNone(ms: number | undefined): string {
  return ms === undefined ? "-" : seconds(ms);
}
