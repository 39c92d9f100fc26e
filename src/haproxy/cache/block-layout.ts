export const blockBytes = 1024;

/** Words at the beginning: blocks and objects are numbered from 1. */
export const header = {
  lock: 0,
  freeBlock: 1,
  topBlock: 2,
  freeObject: 3,
  topObject: 4,
  oldest: 5,
  newest: 6,
  hot: 7,
  free: 8,
  words: 16,
} as const;

/**
 * What is kept of an object, in 32-bit words; the doubles begin at even ones.
 *
 *     0 used | 1 in the index | 2 complete | 3 readers and writers | 4, 5 first and last block | 6 blocks | 7 bytes | 8 bytes of its head
 *     9 next of its bucket | 10, 11 neighbours by last use | 12 … 16 hash | 17 vary signature | 18, 19 secondary key | 20 age
 *     22 expires | 24 was validated | 26 last modified: doubles, seconds since 1970
 */
export const field = {
  used: 0,
  indexed: 1,
  complete: 2,
  users: 3,
  first: 4,
  last: 5,
  blocks: 6,
  bytes: 7,
  head: 8,
  next: 9,
  older: 10,
  newer: 11,
  hash: 12,
  signature: 17,
  secondary: 18,
  age: 20,
  expires: 22,
  validated: 24,
  modified: 26,
  words: 28,
} as const;

export type ObjectNumber = number;

/** A number of an object that is one: 32 bits. */
export type ObjectField = "complete" | "users" | "blocks" | "bytes" | "head" | "signature" | "age";
export type ObjectTime = "expires" | "validated" | "modified";
