import { constant64, type U32, type U64 } from "../../asm/index.js";

/**
 * What words (as they stand in the packet) that became others change in an Internet checksum: a sum with carries, to be
 * added by {@link corrected} (RFC 1624, equation 3). The sum has the same value in either byte order.
 */
export function difference(changes: readonly { readonly from: U32; readonly to: U32 }[]): U64 {
  let sum: U64 = constant64(0);
  for (const { from, to } of changes) sum = sum.add(from.xor(0xffff_ffff)).add(to);
  return sum;
}

/** The checksum (16 bits, as it stands in the packet) after a {@link difference}. */
export function corrected(checksum: U32, difference: U64): U32 {
  return foldTo16(difference.add(checksum.xor(0xffff))).xor(0xffff);
}

/** A sum with its carries brought back until 16 bits hold it. */
function foldTo16(sum: U64): U32 {
  // At most some ten words of 32 bits: 36 bits, 33, then 17 and 16.
  const half = sum.and(constant64(0xffff_ffffn)).add(sum.shiftRight(32));
  const once = half.and(0xffff).add(half.shiftRight(16));
  const twice = once.and(0xffff).add(once.shiftRight(16));
  return twice.and(0xffff).add(twice.shiftRight(16)).low;
}

/** The same sum in 32 bits, as helpers of the kernel take a difference. */
export function foldTo32(sum: U64): U32 {
  const once = sum.and(constant64(0xffff_ffffn)).add(sum.shiftRight(32));
  return once.and(constant64(0xffff_ffffn)).add(once.shiftRight(32)).low;
}
