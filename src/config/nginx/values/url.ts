import { isIPv4, isIPv6 } from "node:net";
import { parseNumber } from "./numbers.js";

/** An address as nginx takes it apart (ngx_parse_url). */
export interface Url {
  /** An address, a name, "0.0.0.0" of "*"; of IPv6 without brackets; "" of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** Of a range of ports that are listened at, the last; otherwise the same. */
  readonly lastPort: number;
  /** No port was said. */
  readonly noPort: boolean;
  /** Of "unix:/path". */
  readonly path: string | undefined;
  /** What is behind the address, from the "/" or "?" on; of a Unix socket what is behind the second ":". */
  readonly uri: string;
}

export interface UrlKind {
  /** It is listened at: "*", a port alone and ranges of ports mean something. */
  readonly listen?: boolean;
  readonly defaultPort?: number;
  /** A URI may stand behind it. */
  readonly uriPart?: boolean;
}

/** The bytes of a Unix socket's path (sockaddr_un), one of them for the end. */
const longestPath = 107;

/** Takes an address apart; a text is what is wrong with it, in nginx's words. Names are not resolved. */
export function parseUrl(text: string, kind: UrlKind = {}): Url | string {
  if (/^unix:/i.test(text)) return unixUrl(text.slice(5), kind);
  if (text.startsWith("[")) return inet6Url(text, kind);
  return inetUrl(text, kind);
}

function unixUrl(rest: string, kind: UrlKind): Url | string {
  const colon = kind.uriPart ? rest.indexOf(":") : -1;
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === "") return "no path in the unix domain socket";
  if (path.length > longestPath) return "too long path in the unix domain socket";
  const uri = colon < 0 ? "" : rest.slice(colon + 1);
  return { host: "", port: 0, lastPort: 0, noPort: true, path, uri };
}

interface Ports {
  readonly port: number;
  readonly lastPort: number;
}

const isPort = (port: number | undefined): port is number => port !== undefined && port >= 1 && port <= 65535;

function readPorts(text: string, listen: boolean | undefined): Ports | string {
  const dash = listen ? text.indexOf("-") : -1;
  const last = dash < 0 ? undefined : parseNumber(text.slice(dash + 1));
  if (dash >= 0 && !isPort(last)) return "invalid port";
  const port = parseNumber(dash < 0 ? text : text.slice(0, dash));
  if (!isPort(port)) return "invalid port";
  if (last !== undefined && port > last) return "invalid port range";
  return { port, lastPort: last ?? port };
}

function inetUrl(text: string, kind: UrlKind): Url | string {
  const begin = text.search(/[/?]/);
  if (begin >= 0 && (kind.listen || !kind.uriPart)) return "invalid host";
  const address = begin < 0 ? text : text.slice(0, begin);
  const uri = begin < 0 ? "" : text.slice(begin);
  const colon = address.indexOf(":");
  if (colon >= 0) {
    const ports = readPorts(address.slice(colon + 1), kind.listen);
    if (typeof ports === "string") return ports;
    return inetHost(address.slice(0, colon), kind, { ...ports, noPort: false, path: undefined, uri });
  }
  if (kind.listen && /^[0-9]+(-[0-9]+)?$/.test(address)) {
    const ports = readPorts(address, true);
    return typeof ports === "string"
      ? ports
      : { host: "0.0.0.0", ...ports, noPort: false, path: undefined, uri };
  }
  const port = kind.defaultPort ?? 0;
  return inetHost(address, kind, { port, lastPort: port, noPort: true, path: undefined, uri });
}

function inetHost(host: string, kind: UrlKind, rest: Omit<Url, "host">): Url | string {
  if (host === "") return "no host";
  return { host: kind.listen && host === "*" ? "0.0.0.0" : host, ...rest };
}

function inet6Url(text: string, kind: UrlKind): Url | string {
  const end = text.indexOf("]");
  if (end < 0) return "invalid host";
  const slash = text.indexOf("/", end + 1);
  if (slash >= 0 && (kind.listen || !kind.uriPart)) return "invalid host";
  const behind = text.slice(end + 1, slash < 0 ? undefined : slash);
  const uri = slash < 0 ? "" : text.slice(slash);
  if (behind !== "" && !behind.startsWith(":")) return "invalid host";
  const defaultPort = kind.defaultPort ?? 0;
  const ports =
    behind === "" ? { port: defaultPort, lastPort: defaultPort } : readPorts(behind.slice(1), kind.listen);
  if (typeof ports === "string") return ports;
  const host = text.slice(1, end);
  if (host === "") return "no host";
  if (!isIPv6(host)) return "invalid IPv6 address";
  return { host, ...ports, noPort: behind === "", path: undefined, uri };
}

/** Whether a host is an address and no name. */
export const isAddress = (host: string) => isIPv4(host) || isIPv6(host);
