import { constant32, type U32 } from "../../../asm/index.js";

/** 2^32 divided by the square of the golden ratio (include/linux/hash.h, GOLDEN_RATIO_32). */
const golden = 0x61c8_8647;

/** The kernel's hash_32: the upper `bits` bits of a product. */
export const goldenHash = (value: U32, bits: number): U32 =>
  value.mul(constant32(golden)).shiftRight(32 - bits);
