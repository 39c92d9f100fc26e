import { crc32c as crc32cOf } from "../../wire/index.js";

/** Hash functions of HAProxy (hash.c): each gives an unsigned 32-bit number. */

/** Bob Jenkins' full avalanche for integers, multiplied by a prime near three quarters of 2^32. */
export function fullHash(value: number): number {
  let a = value >>> 0;
  a = (a + 0x7ed55d16 + (a << 12)) >>> 0;
  a = (a ^ 0xc761c23c ^ (a >>> 19)) >>> 0;
  a = (a + 0x165667b1 + (a << 5)) >>> 0;
  a = ((a + 0xd3a2646c) ^ (a << 9)) >>> 0;
  a = (a + 0xfd7046c5 + (a << 3)) >>> 0;
  a = (a ^ 0xb55a4f09 ^ (a >>> 16)) >>> 0;
  return Math.imul(a, 3221225473) >>> 0;
}

export function sdbm(bytes: Uint8Array): number {
  let hash = 0;
  for (let at = 0; at < bytes.length; at++)
    hash = ((bytes[at] as number) + (hash << 6) + (hash << 16) - hash) | 0;
  return hash >>> 0;
}

export function djb2(bytes: Uint8Array): number {
  let hash = 5381;
  for (let at = 0; at < bytes.length; at++) hash = ((hash << 5) + hash + (bytes[at] as number)) | 0;
  return hash >>> 0;
}

export function wt6(bytes: Uint8Array): number {
  let h0 = 0xa53c965a;
  let h1 = 0x5ca6953a;
  let step0 = 6;
  let step1 = 18;
  const rotate = (value: number, by: number) => ((value << by) | (value >>> ((32 - by) & 31))) >>> 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    h0 = ~(h0 ^ byte) >>> 0;
    h1 = ~(h1 + byte) >>> 0;
    const turned = rotate(h1, step0);
    h1 = rotate(h0, step1);
    h0 = turned;
    const steps = ((h0 >>> 16) ^ h1) & 0xffff;
    step0 = steps & 31;
    step1 = steps >>> 11;
  }
  return (h0 ^ h1) >>> 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let hash = byte;
  for (let bit = 0; bit < 8; bit++) hash = (hash >>> 1) ^ (hash & 1 ? 0xedb88320 : 0);
  return hash >>> 0;
});

export function crc32(bytes: Uint8Array): number {
  let hash = 0xffffffff;
  for (let at = 0; at < bytes.length; at++)
    hash = (hash >>> 8) ^ (crcTable[(hash ^ (bytes[at] as number)) & 255] as number);
  return ~hash >>> 0;
}

export const crc32c = (bytes: Uint8Array): number => crc32cOf(bytes);
