import { constant64, type U32, type U64, variable } from "../../../asm/index.js";

/**
 * The kernel's hsiphash of four bytes on machines of 64 bits: SipHash with one round for the message and three at the end, of
 * which the lower half counts (lib/siphash.c, hsiphash_1u32). The message is one word, its length in the highest byte.
 */
const begin = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n] as const;
const length = 4n << 56n;
export type SipKey = readonly [bigint, bigint];

const mask = (1n << 64n) - 1n;
const rotated = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & mask;

/** In the control plane. */
export function sipHashOf(value: number, [low, high]: SipKey): number {
  let [v0, v1, v2, v3] = [begin[0] ^ low, begin[1] ^ high, begin[2] ^ low, begin[3] ^ high];
  const round = () => {
    v0 = (v0 + v1) & mask;
    v1 = rotated(v1, 13n) ^ v0;
    v0 = rotated(v0, 32n);
    v2 = (v2 + v3) & mask;
    v3 = rotated(v3, 16n) ^ v2;
    v0 = (v0 + v3) & mask;
    v3 = rotated(v3, 21n) ^ v0;
    v2 = (v2 + v1) & mask;
    v1 = rotated(v1, 17n) ^ v2;
    v2 = rotated(v2, 32n);
  };
  const message = BigInt(value >>> 0) | length;
  v3 ^= message;
  round();
  v0 ^= message;
  v2 ^= 0xffn;
  for (let i = 0; i < 3; i++) round();
  return Number((v0 ^ v1 ^ v2 ^ v3) & 0xffff_ffffn);
}

/** In the packet program. */
export function sipHash(value: U32, [low, high]: SipKey): U32 {
  const message = value.extended.or(length);
  const [v0, v1, v2, v3] = [low, high, low, high].map((key, i) => variable(constant64(begin[i]! ^ key))) as [
    Word,
    Word,
    Word,
    Word,
  ];
  const round = () => {
    addAndMix(v0, v1, 13, true);
    addAndMix(v2, v3, 16, false);
    addAndMix(v0, v3, 21, false);
    addAndMix(v2, v1, 17, true);
  };
  v3.set(v3.value.xor(message));
  round();
  v0.set(v0.value.xor(message));
  v2.set(v2.value.xor(0xff));
  for (let i = 0; i < 3; i++) round();
  return v0.value.xor(v1.value).xor(v2.value.xor(v3.value)).low;
}

type Word = ReturnType<typeof variable<U64>>;

const rotatedBy = (value: U64, by: number): U64 => value.shiftLeft(by).or(value.shiftRight(64 - by));

/** A fourth of a round: sum += other, other = other rotated xor sum; and the sum's halves change places, or don't. */
function addAndMix(sum: Word, other: Word, by: number, swap: boolean): void {
  sum.set(sum.value.add(other.value));
  other.set(rotatedBy(other.value, by).xor(sum.value));
  if (swap) sum.set(rotatedBy(sum.value, 32));
}
