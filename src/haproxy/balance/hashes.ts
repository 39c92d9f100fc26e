import type { HashType } from "../../config/haproxy/model/index.js";

/** Hash functions of `hash-type`, over bytes, 32 bits wide (HAProxy's hash.c; sdbm, djb2 and CRC-32 are everybody's). */
export type Hash = (bytes: Uint8Array) => number;

export function sdbm(bytes: Uint8Array): number {
  let hash = 0;
  for (const byte of bytes) hash = (byte + (hash << 6) + (hash << 16) - hash) | 0;
  return hash >>> 0;
}

export function djb2(bytes: Uint8Array): number {
  let hash = 5381;
  for (const byte of bytes) hash = ((hash << 5) + hash + byte) | 0;
  return hash >>> 0;
}

export function wt6(bytes: Uint8Array): number {
  let h0 = 0xa53c965a | 0;
  let h1 = 0x5ca6953a | 0;
  let step0 = 6;
  let step1 = 18;
  for (const byte of bytes) {
    h0 = ~(h0 ^ byte);
    h1 = ~((h1 + byte) | 0);
    const turned = rotate(h1, step0);
    h1 = rotate(h0, step1);
    h0 = turned;
    const steps = ((h0 >>> 16) ^ h1) & 0xffff;
    step0 = steps & 0x1f;
    step1 = steps >>> 11;
  }
  return (h0 ^ h1) >>> 0;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

export function crc32(bytes: Uint8Array): number {
  let hash = ~0;
  for (const byte of bytes) {
    hash ^= byte;
    for (let bit = 0; bit < 8; bit++) hash = (hash >>> 1) ^ (hash & 1 ? 0xedb88320 : 0);
  }
  return ~hash >>> 0;
}

/** Bob Jenkins' integer hash with full avalanche, then a multiplication that spreads it over 32 bits: `avalanche`, and where servers stand on the ring. */
export function avalanche(value: number): number {
  let a = value | 0;
  a = (a + 0x7ed55d16 + (a << 12)) | 0;
  a = a ^ 0xc761c23c ^ (a >>> 19);
  a = (a + 0x165667b1 + (a << 5)) | 0;
  a = ((a + 0xd3a2646c) | 0) ^ (a << 9);
  a = (a + 0xfd7046c5 + (a << 3)) | 0;
  a = a ^ 0xb55a4f09 ^ (a >>> 16);
  return Math.imul(a, 3221225473) >>> 0;
}

/** The function that a back end's keys go through. "none" takes the key itself where it is a number; 2.6 hashes it by sdbm. */
export function hashOf(type: HashType): Hash {
  const by = { sdbm, djb2, wt6, crc32, none: sdbm }[type.function];
  return type.avalanche ? (bytes) => avalanche(by(bytes)) : by;
}
