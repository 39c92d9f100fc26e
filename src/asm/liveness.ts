import { definition, type Label, type Operation, type Temporary, uses } from "./operation.js";

/**
 * Where a temporary holds a value that is still needed: half-open ranges of positions, in order, not touching. Operation
 * number i reads at position 2i and writes at 2i + 1; what a call or a compare-and-swap gives is written at 2i + 2, behind
 * what it destroys. A range that ends at 2i + 1 and one that begins there can share a register.
 */
export type Ranges = { start: number; end: number }[];

const readsAt = (index: number) => 2 * index;
export const writesAt = (operation: Operation, index: number) =>
  leavesItsResultInR0(operation) ? 2 * index + 2 : 2 * index + 1;

/** Calls and compare-and-swap: the result comes in r0, after the operation has destroyed what was there. */
export function leavesItsResultInR0(operation: Operation): boolean {
  return operation.kind === "call" || (operation.kind === "atomic" && operation.expected !== undefined);
}

/** The ranges of all temporaries. `parameters` are written before the first operation. */
export function liveRanges(
  operations: readonly Operation[],
  parameters: readonly Temporary[],
): Map<Temporary, Ranges> {
  const blocks = basicBlocks(operations);
  solve(operations, blocks);
  const ranges = new Map<Temporary, Ranges>();
  // From the end to the beginning, so that a range only ever grows at its front.
  for (const block of [...blocks].reverse()) {
    const end = new Map<Temporary, number>();
    for (const temporary of block.liveOut) end.set(temporary, 2 * block.end);
    for (let index = block.end - 1; index >= block.start; index--) {
      const operation = operations[index]!;
      const written = definition(operation);
      if (written) {
        const from = writesAt(operation, index);
        // A result that nobody reads still destroys a register for a moment.
        prepend(ranges, written, from, Math.max(end.get(written) ?? 0, from + 1));
        end.delete(written);
      }
      for (const { temporary, late } of uses(operation))
        end.set(temporary, Math.max(end.get(temporary) ?? 0, readsAt(index) + (late ? 2 : 1)));
    }
    for (const [temporary, last] of end) prepend(ranges, temporary, 2 * block.start, last);
  }
  for (const parameter of parameters) {
    const known = ranges.get(parameter);
    if (known) prepend(ranges, parameter, -1, Math.max(0, known[0]!.start));
  }
  return ranges;
}

function prepend(ranges: Map<Temporary, Ranges>, temporary: Temporary, start: number, end: number): void {
  if (end <= start) return;
  const known = ranges.get(temporary);
  if (!known) ranges.set(temporary, [{ start, end }]);
  else if (known[0]!.start <= end) {
    known[0]!.start = Math.min(start, known[0]!.start);
    known[0]!.end = Math.max(known[0]!.end, end);
  } else known.unshift({ start, end });
}

export interface Block {
  readonly start: number;
  readonly end: number;
  readonly successors: Block[];
  liveIn: Set<Temporary>;
  liveOut: Set<Temporary>;
}

export function basicBlocks(operations: readonly Operation[]): Block[] {
  const blocks: Block[] = [];
  const atLabel = new Map<Label, Block>();
  let start = 0;
  const finish = (end: number) => {
    if (end > start) blocks.push({ start, end, successors: [], liveIn: new Set(), liveOut: new Set() });
    start = end;
  };
  for (const [index, operation] of operations.entries()) {
    if (operation.kind === "label") finish(index);
    if (operation.kind === "jump" || operation.kind === "branch" || operation.kind === "exit")
      finish(index + 1);
  }
  finish(operations.length);
  for (const block of blocks) {
    for (let index = block.start; index < block.end; index++) {
      const operation = operations[index]!;
      if (operation.kind === "label") atLabel.set(operation.label, block);
      else break;
    }
  }
  for (const [index, block] of blocks.entries()) {
    const last = operations[block.end - 1]!;
    if (last.kind === "jump" || last.kind === "branch") block.successors.push(atLabel.get(last.label)!);
    if (last.kind !== "jump" && last.kind !== "exit" && blocks[index + 1])
      block.successors.push(blocks[index + 1]!);
  }
  return blocks;
}

/** Finds what is live at each block's edges: backwards, until nothing changes. */
function solve(operations: readonly Operation[], blocks: readonly Block[]): void {
  const summaries = blocks.map((block) => {
    const read = new Set<Temporary>();
    const written = new Set<Temporary>();
    for (let index = block.start; index < block.end; index++) {
      const operation = operations[index]!;
      for (const { temporary } of uses(operation)) if (!written.has(temporary)) read.add(temporary);
      const to = definition(operation);
      if (to) written.add(to);
    }
    return { read, written };
  });
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const block = blocks[i]!;
      const { read, written } = summaries[i]!;
      for (const successor of block.successors)
        for (const temporary of successor.liveIn) block.liveOut.add(temporary);
      const before = block.liveIn.size;
      for (const temporary of read) block.liveIn.add(temporary);
      for (const temporary of block.liveOut) if (!written.has(temporary)) block.liveIn.add(temporary);
      if (block.liveIn.size !== before) changed = true;
    }
  }
}
