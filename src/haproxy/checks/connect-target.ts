import { type ConnectOptions, encodeV1, encodeV2, type WireInfo } from "../../proxy/index.js";
import { later, type SampleContext } from "../run/index.js";
import type { CheckState } from "./check-state.js";
import type { Step } from "./steps.js";

/** Where a check's connection goes, and how. */
export interface ConnectTarget {
  readonly options: ConnectOptions;
  /** The PROXY protocol's head, made when the connection's addresses are known. */
  readonly header: ((info: WireInfo) => Buffer) | undefined;
  readonly linger: boolean;
  readonly h2: boolean;
}

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/**
 * A `connect` rule's own address and port, else the check's, else the server's. `default` (and the implicit connect) also takes the server's
 * way of checking: ssl, sni, alpn, PROXY protocol, SOCKS4. undefined: there is no address, or no port.
 */
export function connectTarget(
  check: CheckState,
  step: Step & { kind: "connect" },
  context: SampleContext,
  timeoutMs: number,
): ConnectTarget | undefined {
  const { server } = check;
  const { section } = server;
  const { settings } = step;
  const usual = settings === undefined || settings.isDefault;
  const address = addressOf(check, step, context);
  if (address === undefined) return undefined;
  const options: Writable<ConnectOptions> = { ...address, timeoutMs, noDelay: true };
  // Neither address nor port of its own: the check goes as traffic does.
  const asTraffic =
    !server.dynamic && section.checkPort === undefined && section.checkAddress === undefined && !check.agent;
  const ssl =
    settings?.ssl === true ||
    (usual &&
      !check.agent &&
      (section.checkSsl === true ||
        (section.checkSsl === undefined && asTraffic && section.ssl !== undefined)));
  if (ssl) {
    options.tls = server.all.checks.tlsOf(server);
    const name = settings?.sni ?? (usual && !check.agent ? section.checkSni : undefined);
    if (name !== undefined) options.serverName = name;
    const own = settings?.alpn ?? [];
    const alpn = own.length > 0 ? own : usual && !check.agent ? section.checkAlpn : [];
    if (alpn.length > 0) options.alpn = alpn;
  }
  const socks = settings?.viaSocks4 === true || (usual && section.checkViaSocks4);
  if (socks && section.socks4 !== undefined) {
    const colon = section.socks4.lastIndexOf(":");
    options.socks4 = { host: section.socks4.slice(0, colon), port: Number(section.socks4.slice(colon + 1)) };
  }
  const source = section.source ?? server.proxy.section.source;
  if (source?.interface !== undefined) options.interface = source.interface;
  if (source?.address?.kind === "inet" && source.address.host !== "")
    options.localAddress = source.address.host;
  const proxied =
    settings?.sendProxy === true ||
    (usual && !check.agent && (section.checkSendProxy || (asTraffic && section.sendProxy !== undefined)));
  const v2 = section.sendProxy !== undefined && section.sendProxy !== "v1";
  const header = (info: WireInfo) =>
    v2 ? encodeV2(info.realSource, info.realDestination) : encodeV1(info.realSource, info.realDestination);
  // Before TLS the addresses aren't known to who makes the head.
  if (proxied && ssl)
    options.proxyHeader = v2
      ? encodeV2(undefined, undefined, [], { local: true })
      : Buffer.from("PROXY UNKNOWN\r\n");
  const proto = settings?.proto ?? (usual ? (section.checkProto ?? section.proto) : undefined);
  return {
    options,
    header: proxied && !ssl ? header : undefined,
    linger: settings?.linger === true,
    h2: proto === "h2",
  };
}

function addressOf(
  check: CheckState,
  step: Step & { kind: "connect" },
  context: SampleContext,
): Pick<ConnectOptions, "host" | "port" | "path"> | undefined {
  const { server } = check;
  const own = step.settings?.address;
  if (own?.kind === "unix") return { path: own.path };
  if (own?.kind === "abstract") return { path: `\0${own.path}` };
  const address = server.address;
  const other = own?.kind === "inet" ? own.host : check.address;
  if (other === undefined && address?.family === 0) return { path: address.host };
  const host = other ?? address?.host;
  if (host === undefined) return undefined;
  if (host.startsWith("/")) return { path: host };
  const port =
    portOf(check, step, context) ||
    (own?.kind === "inet" ? own.ports?.from : undefined) ||
    check.port ||
    address?.port ||
    0;
  return port > 0 && port < 65536 ? { host, port } : undefined;
}

function portOf(check: CheckState, step: Step & { kind: "connect" }, context: SampleContext): number {
  const port = step.settings?.port;
  if (port === undefined || typeof port === "number") return port ?? 0;
  const sample = check.server.all.surroundings.compile.expression(port)({ ...context, direction: "request" });
  if (sample === undefined || sample === later) return 0;
  return Number(sample.value) || 0;
}
