import { be16, constant32, Ipv4, Ipv6, struct, type U32, u8, u16, variable, when } from "../../asm/index.js";
import { TunnelFlag, TunnelType } from "./layout.js";
import type { ServerView } from "./track.js";

/**
 * Generic UDP Encapsulation, version 0, without optional fields (draft-ietf-intarea-gue-09, section 3.1): what comes next, as
 * an IP protocol. `start` holds version (2 bits), control (1) and length of the optional fields in words (5): all zero.
 */
export const Gue = struct("Gue", { start: u8, protocol: u8, flags: be16 });

/** GRE (RFC 2784, section 2.1): flags and version, and the EtherType of what comes next. The first flag: a checksum follows. */
export const Gre = struct("Gre", { flags: be16, protocol: be16 });
export const GreChecksum = struct("GreChecksum", { checksum: u16, reserved: be16 });
export const greHasChecksum = 0x8000;

/** IP's number for IPv6 within something (RFC 2473); IpProtocol.IPIP is that for IPv4. */
export const protocolIpv6 = 41;

/** Bytes between the outer IP header and the packet within. */
const extra = {
  [TunnelType.ipip]: 0,
  [TunnelType.gue]: 8 + Gue.size,
  [TunnelType.gre]: Gre.size,
} as const;

/**
 * How much longer a packet gets on its way to a server behind a tunnel (method "tunnel"): of what takes `mtu` bytes, a
 * packet may have `mtu` less this.
 */
export function tunnelOverheadOf(server: {
  family: number;
  tunnelType: number;
  tunnelFlags: number;
}): number {
  const { family, tunnelType, tunnelFlags } = server;
  const outer = family === 6 ? Ipv6.size : Ipv4.size;
  const hasSum = tunnelType === TunnelType.gre && (tunnelFlags & TunnelFlag.checksum) !== 0;
  return outer + (extra[tunnelType as keyof typeof extra] ?? 0) + (hasSum ? GreChecksum.size : 0);
}

/** {@link tunnelOverheadOf} in the packet program. */
export function tunnelOverhead(server: ServerView): U32 {
  const bytes = variable(constant32(Ipv4.size));
  const add = (more: number) => bytes.set(bytes.value.add(more));
  const type = server.tunnelType;
  when(server.family.is(6), () => add(Ipv6.size - Ipv4.size));
  when(type.is(TunnelType.gue), () => add(extra[TunnelType.gue]));
  when(type.is(TunnelType.gre), () => {
    add(extra[TunnelType.gre]);
    when(server.tunnelFlags.hasAny(TunnelFlag.checksum), () => add(GreChecksum.size));
  });
  return bytes.value;
}
