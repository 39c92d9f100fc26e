import {
  constant64,
  Found,
  give,
  globalSubprogram,
  pointer,
  pointerVariable,
  type StructView,
  subprogram,
  U32,
  u32,
  variable,
  when,
} from "../../asm/index.js";
import type { AttemptView } from "./flow.js";
import {
  Attempt,
  type Bucket,
  Entry,
  EntryFlag,
  entriesPerBucket,
  Kind,
  phaseMask,
  tablePhases,
} from "./layout.js";
import { settings } from "./maps.js";
import { type Buckets, type EntryView, entryAt, noEntry, numberOf, type Table } from "./table.js";
import { stateNumber } from "./tcp-states.js";
import { hasFlag, isExpired, type Remover, stateOf } from "./track.js";

type BucketView = StructView<(typeof Bucket)["shape"]>;

/**
 * Makes the subprogram that claims a place for an attempt's flow: a free or expired one in the emptier of its two buckets,
 * else in the other (by the first fit a table refuses at a sixth of its capacity, by the emptier of two at nearly half).
 * Both full: the entry of a connection that is closing or only half open, the one that would go soonest; else none.
 */
export function claimer(table: Table, remover: Remover): (attempt: AttemptView) => FoundEntry {
  const { buckets, former } = table;
  if (!former) return claimerIn(buckets, remover);
  // The verifier walks through this once, and not wherever an entry is made. As long as not all programs may know of the new
  // table, the former one is where that is.
  const claim = globalSubprogram("claim_either", [pointer(Attempt)], u32, (attempt) => {
    const numberIn = (place: EntryView | undefined) => give(place ? numberOf(table, place) : noEntry);
    when(
      settings.here.tables.and(phaseMask).is(tablePhases.announced),
      () => claimIn(former.buckets, remover, attempt, numberIn),
      () => claimIn(buckets, remover, attempt, numberIn),
    );
    return noEntry;
  });
  return (attempt) => {
    const place = pointerVariable(Entry);
    const number = claim(attempt);
    when(number.isNot(noEntry), () => place.set(entryAt(table, number)));
    return new Found(Entry, place.value.asPointer);
  };
}

/** The same for one array; sparing: never in the place of another connection. */
export function claimerIn(buckets: Buckets, remover: Remover, name = "claim", sparing = false) {
  return subprogram(name, [pointer(Attempt)], pointer(Entry), (attempt) =>
    claimIn(buckets, remover, attempt, (place) => give(place ?? 0), sparing),
  );
}

function claimIn(
  table: Buckets,
  { release, expire }: Remover,
  attempt: AttemptView,
  giveBack: (place: EntryView | undefined) => void,
  sparing = false,
): void {
  const { hash, tick } = attempt;
  const near = variable(hash.low);
  const far = variable(hash.high);
  const inFirst = occupied(table.at(hash.low), tick);
  when(occupied(table.at(hash.high), tick).below(inFirst), () => {
    near.set(hash.high);
    far.set(hash.low);
  });
  for (const half of [near, far]) {
    for (const entry of entriesOf(table.at(half.value))) claimIfUnused(entry, tick, expire, giveBack);
  }
  if (sparing) {
    giveBack(undefined);
    return;
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
  when(chosen.isMissing, () => giveBack(undefined));
  // By the word that was judged: a connection that has been established since is not to go.
  when(release(chosen, itsWord.value, Kind.claimed).is(1), () => giveBack(chosen));
  giveBack(undefined);
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

function claimIfUnused(
  entry: EntryView,
  tick: U32,
  expire: Remover["expire"],
  giveBack: (place: EntryView) => void,
): void {
  const word = entry.word;
  const kind = word.and(Kind.mask);
  when(kind.is(Kind.free), () => {
    when(entry.atomic("word").compareAndSwap(word, word.or(Kind.claimed)).is(word), () => giveBack(entry));
  });
  when(kind.is(Kind.live).and(isExpired(entry, tick)), () => {
    when(expire(entry, word, Kind.claimed, tick).is(1), () => giveBack(entry));
  });
}

type FoundEntry = Found<(typeof Entry)["shape"]>;
