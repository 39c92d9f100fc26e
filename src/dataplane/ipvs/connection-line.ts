import type { ConnectionEntry, Endpoint, Protocol } from "../../ipvs/model.js";
import { IpAddress } from "../../wire/address.js";

/*
 * A line of /proc/net/ip_vs_conn (net/netfilter/ipvs/ip_vs_conn.c): addresses and ports in hex, IPv6 as eight groups; seconds.
 *
 *   Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
 *   TCP C0A80102 9C41 0A090909 0050 0A000202 0050 ESTABLISHED     897
 */
const form =
  /^(TCP|UDP|SCTP|IP) +([\da-fA-F:]+) ([\dA-F]{4}) ([\da-fA-F:]+) ([\dA-F]{4}) ([\da-fA-F:]+) ([\dA-F]{4}) (\S+) +(\d+)(?: (\S+) (.*))?$/;

/** Undefined for a line that is none: the heading, and protocols that ipvsadm doesn't list. */
export function parseConnectionLine(line: string): ConnectionEntry | undefined {
  const match = form.exec(line);
  if (!match) return undefined;
  const [, name, from, fromPort, to, toPort, at, atPort, state, expires, engine, data] = match;
  const client = endpoint(from!, fromPort!);
  const virtual = endpoint(to!, toPort!);
  const server = endpoint(at!, atPort!);
  if (!client || !virtual || !server) return undefined;
  const protocol = name!.toLowerCase() as Protocol | "ip";
  return {
    protocol,
    state: state!,
    expires: Number(expires),
    client,
    virtual,
    server,
    template: protocol === "ip" || state === "ASSURED" || (state === "NONE" && client.port === 0),
    ...(engine !== undefined && { engine: { name: engine, data: data! } }),
  };
}

function endpoint(address: string, port: string): Endpoint | undefined {
  const parsed = address.includes(":") ? IpAddress.parse(address) : ipv4(address);
  return parsed && { address: parsed, port: Number.parseInt(port, 16) };
}

function ipv4(hex: string): IpAddress | undefined {
  return hex.length === 8 ? IpAddress.fromBytes(Uint8Array.from(Buffer.from(hex, "hex"))) : undefined;
}
