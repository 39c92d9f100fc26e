import { IpAddress } from "../wire/index.js";

/** An address and how many of its bits name the network: "192.168.4.5/24". */
export interface Prefix {
  readonly address: IpAddress;
  readonly length: number;
}

/** undefined if the text is not ADDRESS/LENGTH. */
export function parsePrefix(text: string): Prefix | undefined {
  const [address = "", length = "", ...more] = text.split("/");
  const parsed = IpAddress.parse(address);
  if (!parsed || more.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  return Number(length) <= parsed.bytes.length * 8 ? { address: parsed, length: Number(length) } : undefined;
}

/** As {@link parsePrefix}, for texts that were checked. */
export function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (!prefix) throw new RangeError(`not an address with a prefix length: ${text}`);
  return prefix;
}

export function contains(prefix: Prefix, address: IpAddress): boolean {
  if (prefix.address.family !== address.family) return false;
  return address.bytes.every(
    (byte, index) => ((byte ^ prefix.address.bytes[index]!) & ~hostBits(prefix.length, index)) === 0,
  );
}

/** Whether the bits behind the prefix are all 0, as they must be in a network's own name. */
export function isNetwork({ address, length }: Prefix): boolean {
  return address.bytes.every((byte, index) => (byte & hostBits(length, index)) === 0);
}

/** The bits of a byte that lie behind the prefix. */
function hostBits(length: number, index: number): number {
  return 0xff >> Math.min(Math.max(length - 8 * index, 0), 8);
}

/** The last address of an IPv4 network, which reaches all hosts on it. */
export function broadcastOf({ address, length }: Prefix): IpAddress {
  return IpAddress.fromBytes(address.bytes.map((byte, index) => byte | hostBits(length, index)));
}
