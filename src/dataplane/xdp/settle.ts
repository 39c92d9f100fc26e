import { give, pointer, subprogram, type U32, U64, u64, unlikely, when } from "../../asm/index.js";
import { count } from "./count.js";
import { addressesIn, hasAddresses } from "./entry-addresses.js";
import type { EntryView, Table } from "./flow.js";
import { Attempt, Entry, entriesPerBucket, Kind } from "./layout.js";
import type { Buckets } from "./table.js";
import type { Remover } from "./track.js";

/**
 * Two CPUs may have made an entry for the same flow at once. Both look again after they have published theirs, and the one
 * that stands lower stays: its maker takes the other one away too, because the other's may have looked before. Gives the one
 * that stays.
 */
export function settler(table: Table, withdraw: Remover["withdraw"]) {
  return subprogram("settle", [pointer(Attempt), pointer(Entry)], pointer(Entry), (attempt, mine) => {
    const { hash, ports } = attempt;
    const addresses = addressesIn(attempt);
    for (const bucket of candidatesOf(table, [hash.low, hash.high])) {
      for (let i = 0; i < entriesPerBucket; i++) {
        const other = bucket.entries.at(i);
        unlikely(other.read(u64, "clientPort").is(ports).and(isOther(other, mine)), () => {
          const word = other.word;
          when(hasAddresses(other, addresses).and(word.and(Kind.mask).is(Kind.live)), () => {
            count("lost_race");
            when(isLower(mine, other), () => {
              withdraw(other, word.high);
            });
            when(isLower(other, mine), () => {
              withdraw(mine, attempt.generation);
              give(other);
            });
          });
        });
      }
    }
    return mine;
  });
}

/** The buckets where a flow may stand whose hash has these halves. */
function* candidatesOf(
  { buckets, former }: Table,
  halves: readonly U32[],
): Iterable<ReturnType<Buckets["at"]>> {
  for (const array of former ? [buckets, former.buckets] : [buckets])
    for (const half of halves) yield array.at(half);
}

export const isOther = (one: EntryView, other: EntryView) =>
  new U64(one.asPointer).isNot(new U64(other.asPointer));
const isLower = (one: EntryView, other: EntryView) => new U64(one.asPointer).below(new U64(other.asPointer));
