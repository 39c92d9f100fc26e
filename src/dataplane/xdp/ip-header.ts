import { type Ipv4, type StructView, u16 } from "../../asm/index.js";

/** RFC 1624: one less in the upper byte of a word makes the sum 0x0100 more, with its carry (here as a little-endian machine reads it). */
export function decrementTimeToLive(ip: StructView<(typeof Ipv4)["shape"]>): void {
  const sum = ip.checksum.raw.add(1);
  ip.write(u16, "checksum", sum.add(sum.add(1).shiftRight(16)));
  ip.timeToLive = ip.timeToLive.sub(1);
}
