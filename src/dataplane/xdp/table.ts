import {
  type Condition,
  give,
  globalSubprogram,
  pointer,
  pointerVariable,
  SharedArray,
  type StructView,
  subprogram,
  type U32,
  U64,
  u32,
  u64,
  variable,
  when,
} from "../../asm/index.js";
import { addressesIn, hasAddresses } from "./entry-addresses.js";
import { Attempt, Bucket, Entry, EntryFlag, entriesPerBucket, Kind, Successor } from "./layout.js";

export type Buckets = SharedArray<(typeof Bucket)["shape"]>;
export type EntryView = StructView<(typeof Entry)["shape"]>;
type Found = ReturnType<ReturnType<typeof subprogram<[], { pointsTo: typeof Entry }>>>;

/** What a program has to know of the connection table when it is made. */
export interface TableShape {
  /** Buckets of the table, a power of two. */
  readonly buckets: number;
  /** Whether {@link oddTable} marks its numbers: every second table of a state is so. */
  readonly odd?: boolean;
  /** While the table grows: buckets of the one whose place it takes. */
  readonly former?: number;
}

/**
 * The number of an entry has this bit if its table is an odd one. Where there is one table only, nobody looks at the bit; while
 * the table grows it tells of which of the two tables a number is.
 */
export const oddTable = 0x8000_0000;

/**
 * The connection table, as a program knows it: one array, or two while it grows. Then connections are looked for in the new
 * one and after that in the former one, and what an entry of the former one was moved to is its successor (growth.ts).
 */
export interface Table {
  readonly buckets: Buckets;
  readonly odd: boolean;
  readonly former?: Former;
}

interface Former {
  readonly buckets: Buckets;
  /** The successors of all its entries, by their number. */
  readonly successors: SharedArray<(typeof Successor)["shape"]>;
  /** Gives what an entry was moved to, if it was moved and that still lives. */
  readonly successor: (entry: EntryView) => Found;
  /** Gives the living entry that a reference (number and lower half of the generation) means, wherever it is now. */
  readonly follow: (number: U32, generation: U32) => Found;
  /** Gives the number of a flow's living entry, in the new table or in the former one; {@link noEntry}: none. */
  readonly find: (wanted: StructView<(typeof Attempt)["shape"]>) => U32;
}

/** The names under which a program knows the two tables' maps. */
export const tableNames = { current: "connections", former: "former", successors: "successors" } as const;

export function connectionTable(shape: TableShape | number): Table {
  const { buckets, odd = false, former } = typeof shape === "number" ? { buckets: shape } : shape;
  const current = new SharedArray(tableNames.current, Bucket, buckets);
  return {
    buckets: current,
    odd,
    ...(former !== undefined && { former: formerTable(former, current, odd) }),
  };
}

/** The map of the successors of the entries in so many buckets. */
export const successorsOf = (buckets: number) =>
  new SharedArray(tableNames.successors, Successor, buckets * entriesPerBucket);

function formerTable(count: number, current: Buckets, odd: boolean): Former {
  const buckets = new SharedArray(tableNames.former, Bucket, count);
  const successors = successorsOf(count);

  const giveSuccessor = (entry: EntryView) => {
    when(kindOf(entry.word).isNot(Kind.moved), () => give(0));
    const { entry: number, generation } = successors.at(plainNumber(buckets, entry));
    const found = plainEntry(current, number);
    const word = found.word;
    when(word.high.isNot(generation), () => give(0));
    // It counts from the moment on in which the other one was marked as moved: who comes first says so.
    when(kindOf(word).is(Kind.claimed), () =>
      found.atomic("word").compareAndSwap(word, word.xor(Kind.claimed ^ Kind.live)),
    );
    give(found);
  };
  const successor = subprogram("successor", [pointer(Entry)], pointer(Entry), giveSuccessor);

  const follow = subprogram("follow", [u32, u32], pointer(Entry), (number, generation) => {
    when(isOf(odd, number), () => {
      const entry = plainEntry(current, number);
      const word = entry.word;
      when(word.high.and(0xffff).isNot(generation).or(kindOf(word).isNot(Kind.live)), () => give(0));
      give(entry);
    });
    const entry = plainEntry(buckets, number);
    const word = entry.word;
    when(word.high.and(0xffff).isNot(generation), () => give(0));
    when(kindOf(word).is(Kind.live), () => give(entry));
    // Not by a call: functions may call one another eight deep, and the longest way here is as long.
    giveSuccessor(entry);
  });

  // Once for all look-ups: the verifier walks through it by itself, and who looks needs no room for what is compared.
  const find = globalSubprogram("find_in_both", [pointer(Attempt)], u32, (wanted) => {
    const look = (array: Buckets, take: (entry: EntryView) => void) => {
      // What is compared is read each time: all functions that call one another have 512 bytes of stack.
      for (const half of [() => wanted.hash.low, () => wanted.hash.high]) {
        const bucket = array.at(half());
        for (let i = 0; i < entriesPerBucket; i++) {
          const entry = bucket.entries.at(i);
          when(entry.read(u64, "clientPort").is(wanted.ports), () => {
            const addresses = addressesIn(wanted);
            when(hasAddresses(entry, addresses), () => take(entry));
          });
        }
      }
    };
    const giveIfLive = (array: Buckets, entry: EntryView, odd: boolean) =>
      when(kindOf(entry.word).is(Kind.live), () => give(marked(plainNumber(array, entry), odd)));
    look(current, (entry) => giveIfLive(current, entry, odd));
    // Whoever moves it does so between two looks: what was not in the new table yet is known to the former one.
    look(buckets, (entry) => {
      giveIfLive(buckets, entry, !odd);
      successor(entry).whenFound((found) => give(marked(plainNumber(current, found), odd)));
    });
    return noEntry;
  });
  return { buckets, successors, successor, follow, find };
}

/** What is no entry's number. */
export const noEntry = 0xffff_ffff;

const kindOf = (word: U64): U64 => word.and(Kind.mask);
const isOf = (odd: boolean, number: U32): Condition =>
  odd ? number.hasAny(oddTable) : number.hasAny(oddTable).not;

const marked = (number: U32, odd: boolean): U32 => (odd ? number.or(oddTable) : number);

/** An entry's number within its array, and the entry with one, which is cut to the array's size. */
export const plainNumber = (array: Buckets, entry: EntryView): U32 =>
  new U64(entry.asPointer).sub(new U64(array.at(0).asPointer)).shiftRight(6).low;
const plainEntry = (array: Buckets, number: U32): EntryView =>
  array.at(number.shiftRight(2)).entries.at(number.and(3));

/** The number of an entry, and the entry with a number: in the table where it was when it got it. */
export function numberOf({ buckets, odd, former }: Table, entry: EntryView): U32 {
  const number = marked(plainNumber(buckets, entry), odd);
  if (!former) return number;
  const either = variable(number);
  when(isIn(former.buckets, entry), () => either.set(marked(plainNumber(former.buckets, entry), !odd)));
  return either.value;
}

const isIn = (array: Buckets, entry: EntryView): Condition =>
  new U64(entry.asPointer).sub(new U64(array.at(0).asPointer)).below(array.count * Bucket.size);

export function entryAt({ buckets, odd, former }: Table, number: U32): EntryView {
  if (!former) return plainEntry(buckets, number);
  const entry = pointerVariable(Entry);
  when(
    isOf(odd, number),
    () => entry.set(plainEntry(buckets, number)),
    () => entry.set(plainEntry(former.buckets, number)),
  );
  return entry.value;
}

/**
 * The living entry of a kind (its flags `template` and `alias`) that a reference means, a number and the lower half of a
 * generation; if there is none any more, `otherwise` leaves.
 */
export function referred(
  table: Table,
  number: U32,
  generation: U32,
  kind: number,
  otherwise: () => void,
): EntryView {
  if (table.former) {
    const entry = table.former.follow(number, generation).otherwise(otherwise);
    const flags = EntryFlag.template | EntryFlag.alias;
    when(entry.word.and(flags).isNot(kind), otherwise);
    return entry;
  }
  const entry = plainEntry(table.buckets, number);
  when(isReferred(entry, generation, kind).not, otherwise);
  return entry;
}

/** Whether a reference still means this entry: alive, of that generation, and of that kind. */
export function isReferred(entry: EntryView, generation: U32, kind: number): Condition {
  const word = entry.word;
  const wanted = Kind.live | kind;
  return word.high
    .and(0xffff)
    .is(generation)
    .and(word.and(Kind.mask | EntryFlag.template | EntryFlag.alias).is(wanted));
}

/**
 * An entry that may have been moved since it was found, and its word: where it is now; if it is over, `otherwise` leaves.
 */
export function whereNow(
  { former }: Table,
  entry: EntryView,
  otherwise: () => void,
): { entry: EntryView; word: U64 } {
  if (!former) return { entry, word: entry.word };
  const now = pointerVariable(Entry);
  const word = variable(entry.word);
  now.set(entry);
  when(kindOf(word.value).is(Kind.moved), () => {
    const found = former.successor(entry).otherwise(otherwise);
    now.set(found);
    word.set(found.word);
  });
  return { entry: now.value, word: word.value };
}
