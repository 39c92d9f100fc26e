import { isIPv4, isIPv6 } from "node:net";
import type { Endpoint, ProxyProtocolInfo } from "../wire/wire.js";

/** The longest head of version 1 with its CRLF. */
export const v1MaxLength = 107;

/**
 * Version 1 is one line: `PROXY TCP4|TCP6|UNKNOWN SOURCE DESTINATION SPORT DPORT\r\n`. Addresses of two families, or of a Unix socket,
 * are "UNKNOWN".
 */
export function encodeV1(source: Endpoint, destination: Endpoint): Buffer {
  const { family } = source;
  if (family === 0 || destination.family === 0) return Buffer.from("PROXY UNKNOWN\r\n");
  const six = family === 6 || destination.family === 6;
  const host = (of: Endpoint) => (six && of.family === 4 ? `::ffff:${of.host}` : withoutZone(of.host));
  return Buffer.from(
    `PROXY TCP${six ? 6 : 4} ${host(source)} ${host(destination)} ${source.port} ${destination.port}\r\n`,
  );
}

/** Reads the line without its CRLF. @throws Error saying what is wrong. */
export function decodeV1(line: string): ProxyProtocolInfo {
  const words = line.split(" ");
  if (words[0] !== "PROXY") throw new Error("the head doesn't begin with PROXY");
  const family = words[1];
  if (family === "UNKNOWN")
    return { version: 1, local: false, source: undefined, destination: undefined, tlvs: [] };
  if (family !== "TCP4" && family !== "TCP6") throw new Error(`an unknown family: ${family ?? "nothing"}`);
  if (words.length !== 6) throw new Error("the head has too few or too many words");
  const [, , from = "", to = "", fromPort = "", toPort = ""] = words;
  const valid = family === "TCP4" ? isIPv4 : isIPv6;
  if (!valid(from) || !valid(to) || from.includes("%") || to.includes("%"))
    throw new Error("an invalid address");
  return {
    version: 1,
    local: false,
    source: endpoint(from, portOf(fromPort)),
    destination: endpoint(to, portOf(toPort)),
    tlvs: [],
  };
}

function portOf(text: string): number {
  const port = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw new Error("an invalid port");
  return port;
}

function endpoint(host: string, port: number): Endpoint {
  if (/^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(host)) return { host: host.slice(7), port, family: 4 };
  return { host, port, family: host.includes(":") ? 6 : 4 };
}

function withoutZone(host: string): string {
  const zone = host.indexOf("%");
  return zone < 0 ? host : host.slice(0, zone);
}
