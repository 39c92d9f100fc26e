import {
  type Condition,
  type Ipv4,
  type Ipv6,
  type StructView,
  type U32,
  type U64,
  u16,
  u64,
} from "../../asm/index.js";

type Ipv4View = StructView<(typeof Ipv4)["shape"]>;
type Ipv6View = StructView<(typeof Ipv6)["shape"]>;

/** Source and destination as a flow has them: one word of 64 bits for both, or two for each. */
export const addresses4 = (ip: Ipv4View): U64[] => [ip.read(u64, "source")];
export const addresses6 = ({ source, destination }: Ipv6View): U64[] =>
  [source, destination].flatMap((end) => [end.wide(0), end.wide(8)]);

/** Bytes of an IPv4 header, with its options: the lower half of the first byte counts words. */
export const headerLengthOf = ({ versionAndLength }: Pick<Ipv4View, "versionAndLength">): U32 =>
  versionAndLength.and(15).shiftLeft(2);

/** Whether a header that should be IPv4's is none: another version, or shorter than it can be. */
export const isNoIpv4 = ({ versionAndLength }: Pick<Ipv4View, "versionAndLength">): Condition =>
  versionAndLength.sub(0x45).above(10);

/** RFC 1624: one less in the upper byte of a word makes the sum 0x0100 more, with its carry (here as a little-endian machine reads it). */
export function decrementTimeToLive(ip: Ipv4View): void {
  const sum = ip.checksum.raw.add(1);
  ip.write(u16, "checksum", sum.add(sum.add(1).shiftRight(16)));
  ip.timeToLive = ip.timeToLive.sub(1);
}
