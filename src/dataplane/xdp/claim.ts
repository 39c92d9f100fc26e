import {
  constant64,
  give,
  pointer,
  pointerVariable,
  type StructView,
  subprogram,
  U32,
  variable,
  when,
} from "../../asm/index.js";
import type { EntryView, Table } from "./flow.js";
import { Attempt, type Bucket, Entry, EntryFlag, entriesPerBucket, Kind } from "./layout.js";
import { stateNumber } from "./tcp-states.js";
import { hasFlag, isExpired, type Remover, stateOf } from "./track.js";

type BucketView = StructView<(typeof Bucket)["shape"]>;

/**
 * Makes the subprogram that claims a place for an attempt's flow: a free or expired one in the emptier of its two buckets,
 * else in the other (by the first fit a table refuses at a sixth of its capacity, by the emptier of two at nearly half).
 * Both full: the entry of a connection that is closing or only half open, the one that would go soonest; else none.
 */
export function claimer(table: Table, { release, expire }: Remover) {
  return subprogram("claim", [pointer(Attempt)], pointer(Entry), (attempt) => {
    const { hash, tick } = attempt;
    const near = variable(hash.low);
    const far = variable(hash.high);
    const inFirst = occupied(table.at(hash.low), tick);
    when(occupied(table.at(hash.high), tick).below(inFirst), () => {
      near.set(hash.high);
      far.set(hash.low);
    });
    for (const half of [near, far]) {
      for (const entry of entriesOf(table.at(half.value))) claimIfUnused(entry, tick, expire);
    }

    const victim = pointerVariable(Entry);
    const itsWord = variable(constant64(0n));
    const least = variable(new U32(0xffff_ffffn));
    for (const half of [near, far]) {
      for (const entry of entriesOf(table.at(half.value))) {
        const rest = entry.expires.sub(tick);
        const word = entry.word;
        const state = stateOf(word);
        const weak = ["CLOSE", "TIME_WAIT", "SYN_RECV"] as const;
        const canGo = weak.map((name) => state.is(stateNumber(name))).reduce((all, one) => all.or(one));
        const isConnection = hasFlag(word, EntryFlag.template | EntryFlag.alias).not;
        when(rest.below(least.value).and(canGo).and(isConnection), () => {
          victim.set(entry);
          itsWord.set(word);
          least.set(rest);
        });
      }
    }
    const chosen = victim.value;
    when(chosen.isMissing, () => give(0));
    // By the word that was judged: a connection that has been established since is not to go.
    when(release(chosen, itsWord.value, Kind.claimed).is(1), () => give(chosen));
    give(0);
  });
}

const entriesOf = (bucket: BucketView): EntryView[] =>
  Array.from({ length: entriesPerBucket }, (_, i) => bucket.entries.at(i));

/** How many places of a bucket are in use. */
function occupied(bucket: BucketView, tick: U32): U32 {
  const count = variable(new U32(0n));
  for (const entry of entriesOf(bucket)) {
    const free = entry.word.and(Kind.mask).is(Kind.free);
    when(free.or(isExpired(entry, tick)).not, () => count.set(count.value.add(1)));
  }
  return count.value;
}

function claimIfUnused(entry: EntryView, tick: U32, expire: Remover["expire"]): void {
  const word = entry.word;
  const kind = word.and(Kind.mask);
  when(kind.is(Kind.free), () => {
    when(entry.atomic("word").compareAndSwap(word, word.or(Kind.claimed)).is(word), () => give(entry));
  });
  when(kind.is(Kind.live).and(isExpired(entry, tick)), () => {
    when(expire(entry, word, Kind.claimed, tick).is(1), () => give(entry));
  });
}

export type Claim = ReturnType<typeof claimer>;
