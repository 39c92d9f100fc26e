import { IpAddress } from "./address.js";
import { concat, get16, put16 } from "./bytes.js";
import { checksum, pseudoHeader } from "./checksum.js";
import { IpProtocol } from "./ipv4.js";

/** Where advertisements go unless somebody said otherwise (RFC 5798 5.1). */
export const vrrpGroup4 = IpAddress.of("224.0.0.18");
export const vrrpGroup6 = IpAddress.of("ff02::12");

/** Authentication types of version 2 (RFC 2338 5.3.6). RFC 3768 took the methods away; people use PASS all the same. */
export const VrrpAuthentication = { none: 0, pass: 1, ah: 2 } as const;

/**
 * A VRRP advertisement.
 *
 *     version 2 (RFC 3768 5.1, with the authentication of RFC 2338)      version 3 (RFC 5798 5.1, RFC 9568 5.1)
 *      0      4      8             16             24            32        0      4      8             16             24            32
 *     +------+------+-------------+--------------+-------------+         +------+------+-------------+--------------+-------------+
 *     | 2    | type | VRID        | priority     | addresses   |         | 3    | type | VRID        | priority     | addresses   |
 *     +------+------+-------------+--------------+-------------+         +------+------+-------------+--------------+-------------+
 *     | authent. type | interval  | checksum                   |         | zero | maximum interval   | checksum                   |
 *     +---------------+-----------+----------------------------+         +------+--------------------+----------------------------+
 *     | addresses, 4 bytes each (16 over IPv6) …               |         | addresses, 4 bytes each (16 over IPv6) …               |
 *     +---------------------------------------------------------+         +--------------------------------------------------------+
 *     | authentication data, 8 bytes (not over IPv6)           |
 *     +---------------------------------------------------------+
 *
 * Type is 1. The interval is in seconds, in version 3 in hundredths of them.
 *
 * The checksum of version 2 is over the message alone, that of version 3 and everything over IPv6 has IP's pseudo-header before it.
 */
export interface VrrpAdvertisement {
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  /** 0: the sender stops; 255: it owns the addresses. */
  readonly priority: number;
  /** Milliseconds: whole seconds up to 255 s (version 2), steps of 10 ms up to 40 950 ms (version 3). */
  readonly interval: number;
  /** All of the packet's family. */
  readonly addresses: readonly IpAddress[];
  /** Version 2: a {@link VrrpAuthentication}, and over IPv4 eight bytes. */
  readonly authentication?: { readonly type: number; readonly data: Uint8Array };
}

/**
 * How a version 3 checksum over IPv4 was made: "pseudo" as the RFC says; "group" with the multicast group in the
 * pseudo-header of a unicast packet, as keepalived did it up to 1.3.6 (`old_unicast_checksum`); "plain" without one, as
 * some switches do it (`v3_checksum_as_v2`).
 */
export type VrrpChecksum = "pseudo" | "group" | "plain";

export interface VrrpEnds {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The group whose address stands in a "group" checksum. Default 224.0.0.18. */
  readonly group?: IpAddress;
}

/** Why bytes are no advertisement. */
export type VrrpFault = "short" | "length" | "version" | "type" | "interval" | "checksum";

export type VrrpParsed =
  | { readonly ok: true; readonly advertisement: VrrpAdvertisement; readonly checksum: VrrpChecksum }
  | {
      readonly ok: false;
      readonly fault: VrrpFault;
      readonly text: string;
      readonly virtualRouterId?: number;
    };

/** Reads what an IP packet of protocol 112 carries. The texts are keepalived's, without the instance's name. */
export function parseVrrp(bytes: Uint8Array, ends: VrrpEnds): VrrpParsed {
  const { family } = ends.source;
  if (bytes.length < 8)
    return { ok: false, fault: "short", text: `IPv${family} VRRP packet too short - ${bytes.length} bytes` };
  const virtualRouterId = bytes[1]!;
  const refuse = (fault: VrrpFault, text: string) => ({ ok: false, fault, text, virtualRouterId }) as const;
  const version = bytes[0]! >> 4;
  if (version !== 2 && version !== 3) return refuse("version", `wrong version. Received ${version}`);
  const type = bytes[0]! & 15;
  if (type !== 1) return refuse("type", `Invalid packet type. ${type} and expect 1`);

  const count = bytes[3]!;
  const size = family === 4 ? 4 : 16;
  const data = version === 2 && family === 4 ? 8 : 0;
  const expected = 8 + count * size + data;
  if (bytes.length !== expected) {
    const how = bytes.length > expected ? "long" : "short";
    return refuse("length", `vrrp packet too ${how}, length ${bytes.length} and expect ${expected}`);
  }
  const kind = checksumOf(bytes, version, ends);
  if (!kind) return refuse("checksum", `Invalid VRRPv${version} checksum`);
  const interval = version === 2 ? bytes[5]! * 1000 : (get16(bytes, 4) & 0x0fff) * 10;
  if (interval === 0) return refuse("interval", "advertisement interval of 0");
  return {
    ok: true,
    checksum: kind,
    advertisement: {
      version,
      virtualRouterId,
      priority: bytes[2]!,
      interval,
      addresses: Array.from({ length: count }, (_, i) => IpAddress.within(bytes, 8 + i * size, family)),
      ...(version === 2 && {
        authentication: { type: bytes[4]!, data: bytes.slice(expected - data, expected) },
      }),
    },
  };
}

/**
 * The bytes of an advertisement between two addresses.
 * @throws RangeError for numbers that have no room, and addresses of another family
 */
export function encodeVrrp(
  advertisement: VrrpAdvertisement,
  ends: VrrpEnds,
  kind: VrrpChecksum = "pseudo",
): Uint8Array {
  const { version, virtualRouterId, priority, interval, addresses, authentication } = advertisement;
  const { family } = ends.source;
  if (addresses.some((address) => address.family !== family))
    throw new RangeError(`an advertisement over IPv${family} has addresses of that family alone`);
  room("the virtual router id", virtualRouterId, 255);
  room("the priority", priority, 255);
  room("the count of addresses", addresses.length, 255);
  const head = new Uint8Array(8);
  head[0] = (version << 4) | 1;
  head[1] = virtualRouterId;
  head[2] = priority;
  head[3] = addresses.length;
  if (version === 2) {
    head[4] = authentication?.type ?? VrrpAuthentication.none;
    head[5] = room("the interval in seconds", interval / 1000, 255);
  } else put16(head, 4, room("the interval in hundredths of a second", interval / 10, 4095));
  const data = new Uint8Array(version === 2 && family === 4 ? 8 : 0);
  if (authentication) data.set(authentication.data.subarray(0, data.length));
  const bytes = concat(head, ...addresses.map((address) => address.bytes), data);
  put16(bytes, 6, checksum(before(version, ends, kind, bytes.length), bytes));
  return bytes;
}

/** The eight bytes of a password: longer ones are cut, shorter ones end with zeros. */
export function vrrpPassword(text: string): Uint8Array {
  const data = new Uint8Array(8);
  data.set(new TextEncoder().encode(text).subarray(0, 8));
  return data;
}

function checksumOf(bytes: Uint8Array, version: 2 | 3, ends: VrrpEnds): VrrpChecksum | undefined {
  const kinds: readonly VrrpChecksum[] =
    version === 3 && ends.source.family === 4 ? ["pseudo", "group", "plain"] : ["pseudo"];
  return kinds.find((kind) => checksum(before(version, ends, kind, bytes.length), bytes) === 0);
}

const none = new Uint8Array();

function before(version: 2 | 3, ends: VrrpEnds, kind: VrrpChecksum, length: number): Uint8Array {
  const { source, destination, group = vrrpGroup4 } = ends;
  if (source.family === 4 && (version === 2 || kind === "plain")) return none;
  const to = source.family === 4 && kind === "group" ? group : destination;
  return pseudoHeader(source, to, IpProtocol.VRRP, length);
}

function room(what: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most)
    throw new RangeError(`${what} is 0 to ${most}, not ${value}`);
  return value;
}
