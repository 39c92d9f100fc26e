import { constant64, give, type Program, pointer, subprogram, u32, u64, when } from "../../asm/index.js";
import { claimerIn } from "./claim.js";
import { copyKey } from "./entry.js";
import { copyAddresses } from "./entry-addresses.js";
import { attemptAt, hasher, type Secrets } from "./flow.js";
import { Entry, EntryFlag, generation, Kind } from "./layout.js";
import { connectionTable, plainNumber } from "./table.js";
import { hasFlag, isExpired, remover } from "./track.js";
import { type GrowingShape, Step, walker } from "./walker.js";

/**
 * What the count of a moved template's connections is too high by until {@link merger} has added what its former entry counted
 * meanwhile: till then it must not look as if it had none.
 */
const lent = 1 << 24;

/**
 * Moves what lives in the former table to the new one, entry by entry, while packets go on:
 *
 * 1. A place in the new table is claimed, the entry copied there, and noted as the successor.
 * 2. The former entry's word changes from live to moved, by compare-and-swap on the word that was copied. This is the moment
 *    of the move: whoever meets the former entry from now on goes on to its successor. If a packet or the sweeper was
 *    quicker, the copy is given up and made anew at the next walk.
 * 3. The successor becomes live; who comes before that makes it so himself (`successor` in table.ts).
 *
 * No count changes. `left` tells how many are still there: changed meanwhile, or without a free place in the new table.
 */
export function mover(shape: GrowingShape, secrets: Secrets): Program {
  const table = connectionTable(shape);
  const former = table.former!;
  const removal = remover(table);
  const claim = claimerIn(table.buckets, removal, "claim_sparing", true);
  const hash = hasher(secrets);

  const move = subprogram("move", [pointer(Entry), u32], u32, (entry, tick) => {
    const word = entry.word;
    when(word.and(Kind.mask).isNot(Kind.live), () => give(Step.nothing));
    when(isExpired(entry, tick), () => {
      when(removal.expire(entry, word, Kind.free, tick).is(1), () => give(Step.nothing));
      give(Step.left);
    });
    const attempt = attemptAt("moved").otherwise(() => give(Step.left));
    attempt.set({ tick, ports: entry.read(u64, "clientPort") });
    copyAddresses(attempt, entry);
    hash(attempt);
    const made = claim(attempt).otherwise(() => give(Step.left));
    const itsGeneration = made.word.and(constant64(0xffff_ffff_0000_0000n));

    const { expires, server } = entry;
    const reference = entry.read(u64, "reference");
    copyKey(made, attempt);
    made.set({ server, expires });
    const isTemplate = hasFlag(word, EntryFlag.template);
    made.write(u64, "reference", reference);
    when(isTemplate, () => {
      made.set({ reference: lent });
    });
    former.successors.at(plainNumber(former.buckets, entry)).set({
      entry: plainNumber(table.buckets, made),
      generation: itsGeneration.high,
      expires,
      server,
      reference,
    });
    const claimed = itsGeneration.or(word.low.and(~Kind.mask)).or(Kind.claimed);
    made.atomic("word").exchange(claimed);

    when(entry.atomic("word").compareAndSwap(word, word.or(Kind.moved)).isNot(word), () => {
      made.atomic("word").exchange(itsGeneration.add(generation));
      give(Step.left);
    });
    when(isTemplate, () => entry.atomic("reference").sub(lent));
    made.atomic("word").compareAndSwap(claimed, claimed.xor(Kind.claimed ^ Kind.live));
    return Step.done;
  });
  return walker("mover", former.buckets, move);
}
