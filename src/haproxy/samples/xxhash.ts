/**
 * xxHash (its specification: XXH32, XXH64 and XXH3 with 64 bits): 32-bit numbers by Math.imul, 64-bit ones by bigints.
 */
const p1 = 0x9e3779b1;
const p2 = 0x85ebca77;
const p3 = 0xc2b2ae3d;
const p4 = 0x27d4eb2f;
const p5 = 0x165667b1;
const rotate = (value: number, by: number): number => (value << by) | (value >>> (32 - by));

export function xxh32(bytes: Buffer, seed: number): number {
  let at = 0;
  let hash: number;
  const round = (lane: number) => {
    const value = Math.imul(rotate((lane + Math.imul(bytes.readUInt32LE(at), p2)) | 0, 13), p1);
    at += 4;
    return value;
  };
  if (bytes.length >= 16) {
    let [a, b, c, d] = [seed + p1 + p2, seed + p2, seed, seed - p1];
    while (at + 16 <= bytes.length) {
      a = round(a);
      b = round(b);
      c = round(c);
      d = round(d);
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0;
  } else hash = (seed + p5) | 0;
  hash = (hash + bytes.length) | 0;
  for (; at + 4 <= bytes.length; at += 4)
    hash = Math.imul(rotate((hash + Math.imul(bytes.readUInt32LE(at), p3)) | 0, 17), p4);
  for (; at < bytes.length; at++)
    hash = Math.imul(rotate((hash + Math.imul(bytes[at] as number, p5)) | 0, 11), p1);
  hash = Math.imul(hash ^ (hash >>> 15), p2);
  hash = Math.imul(hash ^ (hash >>> 13), p3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const q1 = 0x9e3779b185ebca87n;
const q2 = 0xc2b2ae3d27d4eb4fn;
const q3 = 0x165667b19e3779f9n;
const q4 = 0x85ebca77c2b2ae63n;
const q5 = 0x27d4eb2f165667c5n;
const all = 0xffffffffffffffffn;
const turn = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & all;
const times = (a: bigint, b: bigint): bigint => (a * b) & all;

export function xxh64(bytes: Buffer, seed: bigint): bigint {
  const start = seed & all;
  const round = (lane: bigint, input: bigint) => times(turn((lane + times(input, q2)) & all, 31n), q1);
  let at = 0;
  let hash: bigint;
  if (bytes.length >= 32) {
    const lanes = [(start + q1 + q2) & all, (start + q2) & all, start, (start - q1) & all];
    for (; at + 32 <= bytes.length; at += 32)
      for (let lane = 0; lane < 4; lane++)
        lanes[lane] = round(lanes[lane] as bigint, bytes.readBigUInt64LE(at + 8 * lane));
    const [a, b, c, d] = lanes as [bigint, bigint, bigint, bigint];
    hash = (turn(a, 1n) + turn(b, 7n) + turn(c, 12n) + turn(d, 18n)) & all;
    for (const lane of lanes) hash = (times(hash ^ round(0n, lane), q1) + q4) & all;
  } else hash = (start + q5) & all;
  hash = (hash + BigInt(bytes.length)) & all;
  for (; at + 8 <= bytes.length; at += 8)
    hash = (times(turn(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n), q1) + q4) & all;
  if (at + 4 <= bytes.length) {
    hash = (times(turn(hash ^ times(BigInt(bytes.readUInt32LE(at)), q1), 23n), q2) + q3) & all;
    at += 4;
  }
  for (; at < bytes.length; at++) hash = times(turn(hash ^ times(BigInt(bytes[at] as number), q5), 11n), q1);
  return avalanche64(hash);
}

export function avalanche64(value: bigint): bigint {
  let hash = value;
  hash = times(hash ^ (hash >> 33n), q2);
  hash = times(hash ^ (hash >> 29n), q3);
  return hash ^ (hash >> 32n);
}

export { all, q1, q2, q3, q4, q5, times, turn };
