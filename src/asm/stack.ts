import type { Ranges } from "./liveness.js";
import { Occupancy } from "./occupancy.js";
import type { Operation, StackSlot } from "./operation.js";
import { type SlotRanges, spillRanges, structRanges } from "./stack-liveness.js";

/** What is kept around a call, by the call's index. */
export type Saved = ReadonlyMap<number, readonly { readonly slot: StackSlot }[]>;

/**
 * Gives each slot that is used its place below the frame pointer, and gives the bytes of the frame. What is never needed at
 * the same time shares places: structs, and the words that the compiler needs to spill values and to save them around calls.
 * All functions that call one another have 512 bytes together.
 */
export function placeSlots(
  operations: readonly Operation[],
  structs: readonly StackSlot[],
  spills: readonly StackSlot[],
  saved: Saved,
): number {
  const { ranges: spilled, moves } = spillRanges(operations, spills);
  const { ranges, whole } = structRanges(moves, structs);
  const always: Ranges = [{ start: 0, end: 2 * operations.length + 2 }];
  const kept = [...whole].map((slot): [StackSlot, Ranges] => [slot, always]);
  return place(new Map([...ranges, ...kept, ...spilled, ...savedRanges(saved)]));
}

/** Registers that a call destroys: stored right before it, loaded right after it. */
function savedRanges(saved: Saved): [StackSlot, Ranges][] {
  return [...saved].flatMap(([index, list]) =>
    list.map(({ slot }): [StackSlot, Ranges] => [slot, [{ start: 2 * index, end: 2 * index + 2 }]]),
  );
}

/** Places slots, the largest first, each as high as there is room when it is needed. Gives the bytes. */
function place(needed: SlotRanges): number {
  const words: Occupancy[] = [];
  const order = [...needed].sort(
    ([a, before], [b, after]) => b.size - a.size || before[0]!.start - after[0]!.start,
  );
  for (const [slot, ranges] of order) {
    const count = Math.ceil(slot.size / 8);
    let top = 0;
    for (let i = 0; i < count; i++) if (words[top + i]?.meets(ranges)) [top, i] = [top + i + 1, -1];
    for (let i = top; i < top + count; i++) (words[i] ??= new Occupancy()).take(ranges);
    slot.offset = -8 * (top + count);
  }
  return 8 * words.length;
}
