import { isIP } from "node:net";
import type { ConnectOptions } from "../../proxy/index.js";
import type { Peer } from "../upstream/index.js";
import type { Session } from "./session.js";
import type { ProxySettings } from "./settings.js";

/** How a session connects to a peer. */
export function connectOptions(
  session: Session,
  settings: ProxySettings,
  peer: Peer,
  name: string,
): ConnectOptions {
  const { connectTimeoutMs, socketKeepAlive, tls } = settings;
  const where = peer.path === undefined ? { host: peer.host!, port: peer.port! } : { path: peer.path };
  return {
    ...where,
    timeoutMs: connectTimeoutMs,
    keepAlive: socketKeepAlive,
    ...localAddress(session, settings),
    ...(settings.proxyProtocol ? { proxyHeader: proxyHeader(session) } : {}),
    ...(tls === undefined ? {} : { tls: tls.client(session), ...serverName(session, tls, name) }),
  };
}

/** PROXY protocol, version 1, of the client's address as it is known; its family is the head's (ngx_proxy_protocol_write). */
export function proxyHeader({ client, server }: Session): Buffer {
  if (client.family === 0) return Buffer.from("PROXY UNKNOWN\r\n");
  return Buffer.from(
    `PROXY TCP${client.family} ${client.host} ${server.host} ${client.port} ${server.port}\r\n`,
  );
}

/** What proxy_bind says. */
export function localAddress(
  session: Session,
  { bind }: ProxySettings,
): Pick<ConnectOptions, "localAddress" | "localPort" | "transparent"> {
  const text = bind?.address.value(session) ?? "";
  const [, bracketed, plain = "", port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (isIP(address) === 0) return {};
  return {
    localAddress: address,
    ...(port === undefined || port === "0" ? {} : { localPort: Number(port) }),
    ...(bind?.transparent ? { transparent: true } : {}),
  };
}

/** SNI: a name, never an address (RFC 6066, section 3), and without a port. */
function serverName(
  session: Session,
  { sendsName, name: said }: NonNullable<ProxySettings["tls"]>,
  upstream: string,
): { serverName?: string } {
  const name = hostOf(said?.value(session) ?? upstream);
  if (!sendsName || name === "" || isIP(name) !== 0) return {};
  return { serverName: name };
}

/** A name without its port; of IPv6 without brackets. */
export function hostOf(authority: string): string {
  const [, bracketed, plain = authority] = /^(?:\[([^\]]*)\]|([^:]*))(?::.*)?$/s.exec(authority) ?? [];
  return bracketed ?? plain;
}
