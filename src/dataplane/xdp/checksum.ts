import { type Bytes, constant64, type U32, type U64 } from "../../asm/index.js";

/**
 * Sums for the Internet checksum (RFC 1071) in a packet program. What is added are words of 16 or 32 bits as a little-endian
 * machine reads them: the sum of swapped words is the swapped sum (section 2, B), so nothing is swapped on the way.
 */
export function sumOf(...words: readonly (U32 | U64)[]): U64 {
  return words.reduce<U64>((sum, word) => sum.add("extended" in word ? word.extended : word), constant64(0));
}

/** The sum over bytes, a multiple of four of them. */
export function sumOfBytes(bytes: Bytes): U64 {
  return sumOf(...Array.from({ length: bytes.size / 4 }, (_, i) => bytes.word(4 * i)));
}

/** A sum of less than 2^48 as 16 bits. */
export function folded(sum: U64): U32 {
  const once = sum.and(0xffff_ffff).add(sum.shiftRight(32));
  const twice = once.and(0xffff).add(once.shiftRight(16));
  const thrice = twice.and(0xffff).add(twice.shiftRight(16));
  return thrice.and(0xffff).add(thrice.shiftRight(16)).low;
}

/** The checksum over what was summed, as it is stored: into a field of 16 bits, by `write(u16, …)`. */
export const checksumOf = (sum: U64): U32 => folded(sum).xor(0xffff);
