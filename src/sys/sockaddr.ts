import { RondoError } from "../errors.js";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;

/**
 * struct sockaddr_nl (include/uapi/linux/netlink.h); numbers in the host's order:
 *
 *     0        2        4                 8                12
 *     | family |   0    |    port id      | group mask     |
 */
export function netlinkAddress(portId = 0, groups = 0): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16LE(AF_NETLINK, 0);
  bytes.writeUInt32LE(portId >>> 0, 4);
  bytes.writeUInt32LE(groups >>> 0, 8);
  return bytes;
}

/**
 * struct sockaddr_ll (include/uapi/linux/if_packet.h); the protocol in network order:
 *
 *     0        2          4           8       10     11       12            20
 *     | family | protocol | interface | type  | pkt  | length | address (8) |
 *
 * `protocol` is an EtherType (0x0003 = all), `interfaceIndex` 0 = every device.
 */
export function packetAddress(
  protocol: number,
  interfaceIndex: number,
  address: Uint8Array = new Uint8Array(0),
): Buffer {
  if (address.length > 8)
    throw new RondoError("address-length", `a link-layer address has at most 8 bytes, not ${address.length}`);
  const bytes = Buffer.alloc(20);
  bytes.writeUInt16LE(AF_PACKET, 0);
  bytes.writeUInt16BE(protocol, 2);
  bytes.writeInt32LE(interfaceIndex, 4);
  bytes.writeUInt8(address.length, 11);
  bytes.set(address, 12);
  return bytes;
}

/**
 * struct sockaddr_in or sockaddr_in6, by the address's 4 or 16 bytes; port and address in network order:
 *
 *     0        2      4             8        16
 *     | family | port | address (4) | 0 ...  |
 *
 *     0        2      4           8              24        28
 *     | family | port | flow info | address (16) | scope   |
 *
 * `scope` is the interface index of a link-local IPv6 address.
 */
export function inetAddress(address: Uint8Array, port: number, scope = 0): Buffer {
  if (address.length !== 4 && address.length !== 16)
    throw new RondoError("address-length", `an IP address has 4 or 16 bytes, not ${address.length}`);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new RondoError("port-range", `a port is 0 to 65535, not ${port}`);
  const six = address.length === 16;
  const bytes = Buffer.alloc(six ? 28 : 16);
  bytes.writeUInt16LE(six ? AF_INET6 : AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address, six ? 8 : 4);
  if (six) bytes.writeUInt32LE(scope, 24);
  return bytes;
}

/**
 * struct sockaddr_un (include/uapi/linux/un.h): the path, and a zero behind it. One that begins with "@" has no file: its first
 * byte is 0 instead, and it ends with the address.
 *
 *     0        2                110
 *     | family | path, 0        |
 */
export function unixAddress(path: string): Buffer {
  const text = Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`);
  if (text.length > 108)
    throw new RondoError("address-length", `a socket's path has at most 107 bytes: ${path}`);
  const bytes = Buffer.alloc(2 + text.length);
  bytes.writeUInt16LE(AF_UNIX, 0);
  bytes.set(text, 2);
  return bytes;
}
