import { concat, get16, put16 } from "./bytes.js";
import { MacAddress } from "./mac.js";

/** What an Ethernet frame carries (IANA, IEEE 802 Numbers). */
export const EtherType = { IPv4: 0x0800, ARP: 0x0806, VLAN: 0x8100, IPv6: 0x86dd } as const;

/**
 * An Ethernet II frame without its check sequence (IEEE 802.3-2018, 3.1.1; the tag: IEEE 802.1Q-2018, 9.6).
 *
 *     +------------------+------------------+----------------------+--------+---------
 *     | destination (6)  |    source (6)    | 0x8100, tag (4, opt) | type(2)| payload
 *     +------------------+------------------+----------------------+--------+---------
 *                                            tag: 3 bits priority, 1 drop eligible, 12 VLAN
 */
export interface EthernetFrame {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  readonly tag?: { readonly priority: number; readonly dropEligible: boolean; readonly vlan: number };
  /** An {@link EtherType}; below 1536 it is a length (IEEE 802.3). */
  readonly type: number;
  /** All that follows, padding included. */
  readonly payload: Uint8Array;
}

/** undefined if the bytes are too few. The payload shares the frame's memory. */
export function decodeEthernet(bytes: Uint8Array): EthernetFrame | undefined {
  if (bytes.length < 14) return undefined;
  const destination = MacAddress.fromBytes(bytes.subarray(0, 6));
  const source = MacAddress.fromBytes(bytes.subarray(6, 12));
  const type = get16(bytes, 12);
  if (type !== EtherType.VLAN) return { destination, source, type, payload: bytes.subarray(14) };
  if (bytes.length < 18) return undefined;
  const word = get16(bytes, 14);
  const tag = { priority: word >> 13, dropEligible: (word & 0x1000) !== 0, vlan: word & 0xfff };
  return { destination, source, tag, type: get16(bytes, 16), payload: bytes.subarray(18) };
}

export function encodeEthernet(frame: EthernetFrame): Uint8Array {
  const { destination, source, tag, type, payload } = frame;
  const words = new Uint8Array(tag ? 6 : 2);
  if (tag) {
    put16(words, 0, EtherType.VLAN);
    put16(words, 2, (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | tag.vlan);
  }
  put16(words, words.length - 2, type);
  return concat(destination.bytes, source.bytes, words, payload);
}
