import { all, avalanche64, q1, q2, q3, q4, q5, times, turn } from "./xxhash.js";

/**
 * XXH3 with 64 bits and a seed (xxHash's specification): of up to 16 bytes, 128, 240 and more it has four ways, which all mix the input with
 * this secret of 192 bytes.
 */
const secret = Buffer.from(
  [
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221",
    "b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8",
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb",
    "170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e",
  ].join(""),
  "hex",
);
const r1 = 0x9e3779b1n;
const r2 = 0x85ebca77n;
const r3 = 0xc2b2ae3dn;
const word = (bytes: Buffer, at: number): bigint => bytes.readBigUInt64LE(at);
const half = (bytes: Buffer, at: number): bigint => BigInt(bytes.readUInt32LE(at));
const low = 0xffffffffn;

/** The product of two 64-bit numbers, its halves folded together. */
function fold(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & all) ^ (product >> 64n);
}

const avalanche = (value: bigint): bigint => {
  const hash = times(value ^ (value >> 37n), 0x165667919e3779f9n);
  return hash ^ (hash >> 32n);
};

const swap32 = (value: number): number =>
  (((value & 255) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;

function swap64(value: bigint): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.readBigUInt64BE();
}

export function xxh3(bytes: Buffer, seed: bigint): bigint {
  const start = seed & all;
  const { length } = bytes;
  if (length <= 16) return upTo16(bytes, start);
  if (length <= 128) return upTo128(bytes, start);
  return length <= 240 ? upTo240(bytes, start) : long(bytes, start);
}

function upTo16(bytes: Buffer, seed: bigint): bigint {
  const { length } = bytes;
  if (length > 8) {
    const first = word(bytes, 0) ^ (((word(secret, 24) ^ word(secret, 32)) + seed) & all);
    const last = word(bytes, length - 8) ^ (((word(secret, 40) ^ word(secret, 48)) - seed) & all);
    return avalanche((BigInt(length) + swap64(first) + last + fold(first, last)) & all);
  }
  if (length >= 4) {
    const mixed = seed ^ (BigInt(swap32(Number(seed & low))) << 32n);
    const key = ((word(secret, 8) ^ word(secret, 16)) - mixed) & all;
    const input = (half(bytes, length - 4) + (half(bytes, 0) << 32n)) & all;
    let hash = input ^ key;
    hash ^= turn(hash, 49n) ^ turn(hash, 24n);
    hash = times(hash, 0x9fb21c651e98df25n);
    hash ^= (hash >> 35n) + BigInt(length);
    hash = times(hash & all, 0x9fb21c651e98df25n);
    return hash ^ (hash >> 28n);
  }
  if (length > 0) {
    const [a, b, c] = [bytes[0], bytes[length >> 1], bytes[length - 1]] as [number, number, number];
    const combined = BigInt(((a << 16) | (b << 24) | c | (length << 8)) >>> 0);
    return avalanche64(combined ^ (((half(secret, 0) ^ half(secret, 4)) + seed) & all));
  }
  return avalanche64(seed ^ word(secret, 56) ^ word(secret, 64));
}

const mix16 = (bytes: Buffer, at: number, key: number, seed: bigint): bigint =>
  fold(
    word(bytes, at) ^ ((word(secret, key) + seed) & all),
    word(bytes, at + 8) ^ ((word(secret, key + 8) - seed) & all),
  );

function upTo128(bytes: Buffer, seed: bigint): bigint {
  const { length } = bytes;
  let hash = times(BigInt(length), q1);
  for (let pair = (length - 1) >> 5; pair >= 0; pair--)
    hash +=
      mix16(bytes, 16 * pair, 32 * pair, seed) + mix16(bytes, length - 16 * (pair + 1), 32 * pair + 16, seed);
  return avalanche(hash & all);
}

function upTo240(bytes: Buffer, seed: bigint): bigint {
  const { length } = bytes;
  let hash = times(BigInt(length), q1);
  const rounds = length >> 4;
  for (let at = 0; at < 8; at++) hash += mix16(bytes, 16 * at, 16 * at, seed);
  hash = avalanche(hash & all);
  for (let at = 8; at < rounds; at++) hash += mix16(bytes, 16 * at, 16 * (at - 8) + 3, seed);
  hash += mix16(bytes, length - 16, 136 - 17, seed);
  return avalanche(hash & all);
}

/** Stripes of 64 bytes, in blocks of as many as the secret has places for. */
function long(bytes: Buffer, seed: bigint): bigint {
  const keys = Buffer.from(secret);
  for (let at = 0; at < 192; at += 16) {
    keys.writeBigUInt64LE((word(secret, at) + seed) & all, at);
    keys.writeBigUInt64LE((word(secret, at + 8) - seed) & all, at + 8);
  }
  const lanes = [r3, q1, q2, q3, q4, r2, q5, r1];
  const stripes = (192 - 64) / 8;
  const block = 64 * stripes;
  const add = (at: number, key: number) => {
    for (let lane = 0; lane < 8; lane++) {
      const input = word(bytes, at + 8 * lane);
      const mixed = input ^ word(keys, key + 8 * lane);
      lanes[lane ^ 1] = ((lanes[lane ^ 1] as bigint) + input) & all;
      lanes[lane] = ((lanes[lane] as bigint) + (mixed & low) * (mixed >> 32n)) & all;
    }
  };
  const blocks = Math.floor((bytes.length - 1) / block);
  for (let number = 0; number < blocks; number++) {
    for (let stripe = 0; stripe < stripes; stripe++) add(number * block + 64 * stripe, 8 * stripe);
    for (let lane = 0; lane < 8; lane++) {
      const value = lanes[lane] as bigint;
      lanes[lane] = times(value ^ (value >> 47n) ^ word(keys, 128 + 8 * lane), r1);
    }
  }
  const rest = Math.floor((bytes.length - 1 - block * blocks) / 64);
  for (let stripe = 0; stripe < rest; stripe++) add(blocks * block + 64 * stripe, 8 * stripe);
  add(bytes.length - 64, 192 - 64 - 7);
  let hash = times(BigInt(bytes.length), q1);
  for (let pair = 0; pair < 4; pair++)
    hash += fold(
      (lanes[2 * pair] as bigint) ^ word(keys, 11 + 16 * pair),
      (lanes[2 * pair + 1] as bigint) ^ word(keys, 11 + 16 * pair + 8),
    );
  return avalanche(hash & all);
}
