/** Words at the beginning of a table's memory. Entries are named by numbers from 1; 0 is none. */
export const header = {
  lock: 0,
  used: 1,
  free: 2, // the first free one, of those that were in use once
  top: 3, // how many were ever in use
  heap: 4, // how many are in the heap
  update: 5, // the last update's number
  oldest: 6,
  newest: 7,
  seed: 8,
  words: 16,
} as const;

/**
 * An entry in 32-bit words:
 *
 *     0 hash | 1 next of its bucket | 2 generation | 3 users | 4 place in the heap, from 1 | 5 number of its last update
 *     6, 7 neighbours in the list of updates | 8, 9 expiry | 10, 11 by what the heap orders it | 12 bytes of its key
 *     13 … key | values, each beginning at an even word
 *
 * Times are doubles, milliseconds of the monotonic clock.
 */
export const word = {
  hash: 0,
  next: 1,
  generation: 2,
  users: 3,
  heap: 4,
  update: 5,
  older: 6,
  newer: 7,
  expiry: 8,
  order: 10,
  keyLength: 12,
  key: 13,
} as const;
