import { networkInterfaces } from "node:os";
import type { Endpoint, TlsInfo, WireInfo } from "../../../proxy/index.js";
import type { Fetched, SampleContext, StreamRun } from "../../run/index.js";
import { ipSample } from "../addresses.js";
import type { Fetches, MakeFetch } from "../registry.js";
import { bool, no, sint, strOrNone } from "../value.js";

type Place = (context: SampleContext) => Endpoint | undefined;

/** What rules and the PROXY protocol said counts (src), or what the client's connection was accepted with (fc_src). */
const source: Place = ({ stream, session }) => stream?.source ?? session?.source;
const destination: Place = ({ stream, session }) => stream?.destination ?? session?.destination;
const clientSource: Place = ({ session }) => session?.info.realSource;
const clientDestination: Place = ({ session }) => session?.info.realDestination;
const serverSource: Place = ({ stream }) => stream?.serverInfo?.source;
const serverDestination: Place = ({ stream }) => stream?.serverInfo?.destination;

const address =
  (place: Place): MakeFetch =>
  () =>
  (context) => {
    const endpoint = place(context);
    return endpoint && ipSample(endpoint.host, endpoint.family);
  };

const port =
  (place: Place): MakeFetch =>
  () =>
  (context) => {
    const endpoint = place(context);
    return endpoint === undefined || endpoint.family === 0 ? undefined : sint(endpoint.port);
  };

let local: { readonly addresses: ReadonlySet<string>; readonly until: number } | undefined;

/** Whether an address is this machine's; its addresses are looked up at most once a second. */
function isLocal(host: string): boolean {
  if (host.startsWith("127.") || host === "::1") return true;
  const now = Date.now();
  if (local === undefined || local.until < now) {
    const addresses = Object.values(networkInterfaces()).flatMap(
      (each) => each?.map((one) => one.address) ?? [],
    );
    local = { addresses: new Set(addresses), until: now + 1000 };
  }
  return local.addresses.has(host);
}

const localAddress =
  (place: Place): MakeFetch =>
  () =>
  (context) => {
    const endpoint = place(context);
    if (endpoint === undefined) return undefined;
    return endpoint.family === 0 ? no : bool(isLocal(endpoint.host));
  };

const ofClient =
  (read: (info: WireInfo, context: SampleContext) => Fetched): MakeFetch =>
  () =>
  (context) => {
    const info = context.session?.info;
    return info && read(info, context);
  };

/** A TLV of the PROXY protocol's second version, section 2.2. */
const tlv = (info: WireInfo, type: number): Fetched => {
  const value = info.proxyProtocol?.tlvs.find((each) => each.type === type)?.value;
  return strOrNone(value?.toString("latin1"));
};

/** The numbers and sentences of fc_err and bc_err (connection.c, conn_err_code_str). */
const errorTexts: readonly string[] = [
  "Success",
  "Reached configured maxconn value",
  "Too many sockets on the process",
  "Too many sockets on the system",
  "Out of system buffers",
  "Protocol or address family not supported",
  "General socket error",
  "Source port range exhausted",
  "Can't bind to source address",
  "Out of local source ports on the system",
  "Local source address already in use",
  "Connection closed while waiting for PROXY protocol header",
  "Connection error while waiting for PROXY protocol header",
  "Timeout while waiting for PROXY protocol header",
  "Truncated PROXY protocol header received",
  "Received something which does not look like a PROXY protocol header",
  "Received an invalid PROXY protocol header",
  "Received an unhandled protocol in the PROXY protocol header",
  "Connection closed while waiting for NetScaler Client IP header",
  "Connection error while waiting for NetScaler Client IP header",
  "Timeout while waiting for a NetScaler Client IP header",
  "Truncated NetScaler Client IP header received",
  "Received an invalid NetScaler Client IP magic number",
  "Received an unhandled protocol in the NetScaler Client IP header",
  "Connection closed during SSL handshake",
  "Connection error during SSL handshake",
  "Timeout during SSL handshake",
  "Too many SSL connections",
  "Out of memory when initializing an SSL connection",
  "Rejected a client-initiated SSL renegotiation attempt",
  "SSL client CA chain cannot be verified",
  "SSL client certificate not trusted",
  "Server presented an SSL certificate different from the configured one",
  "Server presented an SSL certificate different from the expected one",
  "SSL handshake failure",
  "SSL handshake failure after heartbeat",
  "Stopped a TLSv1 heartbeat attack (CVE-2014-0160)",
  "Attempt to use SSL on an unknown target (internal error)",
  "Server refused early data",
  "SOCKS4 Proxy write error during handshake",
  "SOCKS4 Proxy read error during handshake",
  "SOCKS4 Proxy deny the request",
  "SOCKS4 Proxy handshake aborted by server",
  "SSL fatal error",
];

/** CO_ER_SSL_FATAL: TLS failed behind its handshake, as by a peer that refuses our certificate (TLS 1.3). */
const tlsFatal = 43;

/** Of a connection that came to be; one that didn't has a number of its own. */
function withTls(error: number | undefined, tls: TlsInfo | undefined): number | undefined {
  return error === 0 && tls?.error !== undefined ? tlsFatal : error;
}

const errors = (side: "fc" | "bc", of: (context: SampleContext) => number | undefined): Fetches => ({
  [`${side}_err`]: () => (context) => {
    const error = of(context);
    return error === undefined ? undefined : sint(error);
  },
  [`${side}_err_str`]: () => (context) => strOrNone(errorTexts[of(context) ?? -1]),
});

/** Up to this number it was our own system that didn't let a connection begin. */
const lastOwnError = 10;

/** Nobody speaks on a connection that was never begun, nor on one whose protocol ALPN was to choose and didn't. */
const speechless = ({ serverError, server }: StreamRun): boolean => {
  if (serverError === 0) return false;
  if (serverError !== undefined && serverError <= lastOwnError) return true;
  return server?.section.proto === undefined && (server?.section.ssl?.alpn?.length ?? 0) > 0;
};

const httpMajor = (info: WireInfo | undefined, version: string | undefined): Fetched => {
  if (info === undefined) return undefined;
  return sint(info.tls?.alpn === "h2" || version === "2.0" ? 2 : 1);
};

export const connectionFetches: Fetches = {
  src: address(source),
  src_port: port(source),
  src_is_local: localAddress(source),
  dst: address(destination),
  dst_port: port(destination),
  dst_is_local: localAddress(destination),
  fc_src: address(clientSource),
  fc_src_port: port(clientSource),
  fc_src_is_local: localAddress(clientSource),
  fc_dst: address(clientDestination),
  fc_dst_port: port(clientDestination),
  fc_dst_is_local: localAddress(clientDestination),
  bc_src: address(serverSource),
  bc_src_port: port(serverSource),
  bc_dst: address(serverDestination),
  bc_dst_port: port(serverDestination),
  dst_conn: () => (context) => context.session && sint(context.session.listener.sessions.value),
  so_id: () => (context) => context.session && sint(context.session.listener.id),
  so_name: () => (context) => strOrNone(context.session?.listener.bind.name),
  ...errors("fc", ({ session }) => withTls(session?.connectionError, session?.info.tls)),
  ...errors("bc", ({ stream }) => withTls(stream?.serverError, stream?.serverInfo?.tls)),
  fc_http_major: ofClient((info, { stream }) => httpMajor(info, stream?.http?.request.version)),
  bc_http_major:
    () =>
    ({ stream }) =>
      stream?.http === undefined || speechless(stream)
        ? undefined
        : httpMajor(stream.serverInfo, stream.http.response?.version),
  fc_rcvd_proxy: ofClient((info) => bool(info.proxyProtocol !== undefined)),
  fc_pp_authority: ofClient((info) => tlv(info, 2)),
  fc_pp_unique_id: ofClient((info) => tlv(info, 5)),
};
