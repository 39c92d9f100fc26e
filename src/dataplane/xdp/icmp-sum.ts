import {
  block,
  Icmp,
  loop,
  type Packet,
  struct,
  type U32,
  type U64,
  u8,
  u32,
  type View,
  variable,
  when,
} from "../../asm/index.js";

const Word = struct("Word", { value: u32 });
const Octet = struct("Octet", { value: u8 });

/** The most bytes of a packet that an ICMP error can quote and still be looked at: all of an Ethernet frame's. */
export const mostQuoted = 1472;

/**
 * Adds the quote, which stands behind the ICMP header, to a sum: four bytes at a time, then what is left. There is no more
 * than {@link mostQuoted} to be; what lies behind isn't looked at.
 */
export function addQuote(packet: Packet, icmp: View, quoted: U32, first: U64, failed: () => void): U64 {
  const sum = variable(first);
  const words = quoted.shiftRight(2);
  loop(words, mostQuoted / 4, (index) => {
    packet.continueAfter(icmp, index.shiftLeft(2).add(Icmp.size));
    sum.set(sum.value.add(packet.header(Word, failed).value));
  });
  packet.continueAfter(icmp, words.shiftLeft(2).add(Icmp.size));
  const left = quoted.and(3);
  block((done) => {
    for (let i = 0; i < 3; i++) {
      when(left.is(i), done);
      sum.set(sum.value.add(packet.header(Octet, failed).value.shiftLeft(8 * (i & 1))));
    }
  });
  return sum.value;
}

/** The Internet checksum of what 32-bit words add up to, as it stands in a packet. */
export function complement(sum: U64): U32 {
  const words = sum.and(0xffff_ffffn).add(sum.shiftRight(32));
  const halves = words.low.and(0xffff).add(words.low.shiftRight(16)).add(words.high);
  const folded = halves.and(0xffff).add(halves.shiftRight(16));
  return folded.add(folded.shiftRight(16)).xor(0xffff).and(0xffff);
}
