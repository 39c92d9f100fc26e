import { constant64, type U32, u64 } from "../../asm/index.js";
import { copyAddresses } from "./entry-addresses.js";
import type { AttemptView, EntryView } from "./flow.js";

/** Gives an entry its key. */
export function copyKey(entry: EntryView, attempt: AttemptView): void {
  entry.write(u64, "clientPort", attempt.ports);
  copyAddresses(entry, attempt);
}

/** An entry's reference, packets and the reference's generation at one stroke. */
export function refer(entry: EntryView, reference: U32, generation: U32): void {
  entry.write(u64, "reference", generation.extended.shiftLeft(48).or(reference));
}

/** Makes a filled entry visible: by an exchange, which no CPU sees before what was written ahead of it. Gives its generation. */
export function publish(entry: EntryView, kindAndFlags: U32 | number): U32 {
  const kept = entry.word.and(constant64(0xffff_ffff_0000_0000n));
  entry.atomic("word").exchange(kept.or(kindAndFlags));
  return kept.high;
}
