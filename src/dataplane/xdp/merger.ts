import {
  array,
  type Condition,
  constant32,
  give,
  loop,
  type Program,
  pointer,
  struct,
  subprogram,
  type U32,
  U64,
  u32,
  u64,
  variable,
  viewAt,
  when,
} from "../../asm/index.js";
import { Entry, EntryFlag, invalidPort, Kind, stateMask } from "./layout.js";
import { connectionTable, type EntryView, numberOf, oddTable, plainNumber } from "./table.js";
import { hasFlag, lifeOf, setLife } from "./track.js";
import { type GrowingShape, Step, walker } from "./walker.js";

/**
 * Adds to the successors what was still written to moved entries by packets that had found them before. It may be run again
 * and again; it counts when no such packet is on its way any more.
 */
export function merger(shape: GrowingShape): Program {
  const table = connectionTable(shape);
  const former = table.former!;

  const merge = subprogram("merge", [pointer(Entry), u32], u32, (entry) => {
    when(entry.word.and(Kind.mask).isNot(Kind.moved), () => give(Step.nothing));
    const now = former.successor(entry).otherwise(() => give(Step.nothing));
    const before = former.successors.at(plainNumber(former.buckets, entry));
    const { expires } = entry;
    when(expires.isNot(before.expires), () => {
      when(now.expires.is(before.expires), () => {
        now.expires = expires;
      });
      before.expires = expires;
    });
    const word = entry.word;
    when(hasFlag(word, EntryFlag.template), () => {
      now.atomic("reference").add(entry.atomic("reference").exchange(0));
      now.atomic("word").or(word.and(stateMask));
      const life = lifeOf(entry);
      when(life.isNot(before.reference.high), () => {
        when(lifeOf(now).is(before.reference.high), () => setLife(now, life));
        before.reference = life.extended.shiftLeft(32);
      });
      when(entry.virtualPort.is(invalidPort), () => {
        now.virtualPort = entry.virtualPort;
      });
    });
    when(hasFlag(word, EntryFlag.alias), () => {
      const reference = entry.read(u64, "reference");
      when(reference.isNot(before.reference), () => {
        when(now.read(u64, "reference").is(before.reference), () => {
          now.server = entry.server;
          now.write(u64, "reference", reference);
        });
        before.reference = reference;
      });
    });
    return Step.done;
  });
  return walker("merger", former.buckets, merge);
}

/**
 * Lets references in the new table that mean entries of the former one mean their successors. One that means nothing any more
 * becomes one to its own entry, which is no template and no connection to an alias: it means nothing still.
 */
export function repointer(shape: GrowingShape): Program {
  const table = connectionTable(shape);
  const former = table.former!;
  const isFormer = (number: U32): Condition =>
    table.odd ? number.hasAny(oddTable).not : number.hasAny(oddTable);

  const repoint = subprogram("repoint", [pointer(Entry), u32], u32, (entry) => {
    const word = entry.word;
    when(word.and(Kind.mask).isNot(Kind.live), () => give(Step.nothing));
    when(hasFlag(word, EntryFlag.alias | EntryFlag.controlled).not, () => give(Step.nothing));
    const result = variable(constant32(Step.left));
    loop(constant32(8), 8, (_, leave) => {
      const reference = whole(entry).reference;
      when(isFormer(reference.low).not, () => {
        result.set(constant32(Step.nothing));
        leave();
      });
      const number = variable(numberOf(table, entry));
      const itsGeneration = variable(word.high.and(0xffff));
      former.follow(reference.low, reference.high.shiftRight(16)).whenFound((found) => {
        number.set(numberOf(table, found));
        itsGeneration.set(found.word.high.and(0xffff));
      });
      when(isFormer(number.value), leave); // Not moved yet.
      const packets = reference.high.and(0xffff);
      const next = itsGeneration.value.shiftLeft(16).or(packets).extended.shiftLeft(32).or(number.value);
      when(whole(entry).atomic("reference").compareAndSwap(reference, next).is(reference), () => {
        result.set(constant32(Step.done));
        leave();
      });
    });
    return result.value;
  });
  return walker("repointer", table.buckets, repoint);
}

/** An entry whose reference, packets and the reference's generation are one number, to be changed at one stroke. */
const Whole = struct("Whole", { above: array(u64, 7), reference: u64 });
const whole = (entry: EntryView) => viewAt(Whole, new U64(entry.asPointer));
