import { type Bytes, Condition, type StructView, type U32, type U64 } from "../../asm/index.js";
import type { Attempt, Entry } from "./layout.js";

/**
 * The addresses in an entry of the connection table, and in an attempt, which has them alike: four words of 64 bits. IPv4 has
 * the client's and the virtual address in the two halves of the first (the others are zero), IPv6 two words of each.
 */
type WithAddresses = Pick<StructView<(typeof Entry | typeof Attempt)["shape"]>, "addresses">;

/** All four words, as they are now. */
export const addressesIn = ({ addresses }: WithAddresses): [U64, U64, U64, U64] =>
  [0, 1, 2, 3].map((i) => addresses.at(i)) as [U64, U64, U64, U64];

/** Whether an entry has these addresses. Entries of IPv4 have zeros beyond the first word. */
export const hasAddresses = (entry: WithAddresses, addresses: readonly U64[]): Condition =>
  addresses
    .map((word, i) => entry.addresses.at(i).is(word))
    .reduce((all, one) => all.and(one), Condition.known(true));

/** Writes words, and zeros where there are fewer than four. */
export function putAddresses({ addresses }: WithAddresses, words: readonly U64[]): void {
  for (let i = 0; i < 4; i++) addresses.put(i, words[i] ?? 0);
}

export function copyAddresses(to: WithAddresses, from: WithAddresses): void {
  for (let i = 0; i < 4; i++) to.addresses.put(i, from.addresses.at(i));
}

/** Writes the address of an entry's client, as it stands in a header. */
export function putClient(place: Bytes, entry: WithAddresses, family: 4 | 6): void {
  for (const index of family === 4 ? [0] : [0, 1, 2, 3]) place.putWord(4 * index, halfOf(entry, index));
}

/** The words of the address that an entry's client speaks to: one for IPv4, four for IPv6. */
export const virtualAddress = (entry: WithAddresses, family: 4 | 6): U32[] =>
  (family === 4 ? [1] : [4, 5, 6, 7]).map((index) => halfOf(entry, index));

function halfOf({ addresses }: WithAddresses, index: number): U32 {
  const two = addresses.at(index >> 1);
  return index & 1 ? two.high : two.low;
}
