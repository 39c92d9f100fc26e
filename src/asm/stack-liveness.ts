import { type Block, basicBlocks, liveRanges, type Ranges } from "./liveness.js";
import {
  type Base,
  definition,
  type Operand,
  type Operation,
  StackSlot,
  Temporary,
  uses,
} from "./operation.js";

/** When what a slot holds may be needed; a slot that isn't in here is never used. */
export type SlotRanges = ReadonlyMap<StackSlot, Ranges>;

/**
 * When spilled values are needed: they are stored and loaded whole, so they live as temporaries do. The operations that come
 * back say so: loads and stores of these slots have become moves.
 */
export function spillRanges(
  operations: readonly Operation[],
  spills: readonly StackSlot[],
): { ranges: SlotRanges; moves: readonly Operation[] } {
  const content = new Map<unknown, Temporary>(
    spills.map((slot, index) => [slot, new Temporary(-1 - index, slot.name)]),
  );
  const moves = operations.map((operation): Operation => {
    const { cold, site } = operation;
    if (operation.kind === "load") {
      const from = content.get(operation.from);
      if (from) return { kind: "move", to: operation.to, from, wide: true, cold, site };
    }
    if (operation.kind === "store") {
      const to = content.get(operation.at);
      if (to) return { kind: "move", to, from: operation.value, wide: true, cold, site };
    }
    return operation;
  });
  return { ranges: rangesOf(content as Map<StackSlot, Temporary>, moves), moves };
}

/**
 * When structs are needed: from what touches them first, on some way through the function, to what touches them last: loads
 * and stores, and calls that get their address. `whole` are those whose address is kept in memory: needed all the time.
 */
export function structRanges(
  operations: readonly Operation[],
  structs: readonly StackSlot[],
): { ranges: SlotRanges; whole: ReadonlySet<StackSlot> } {
  const targets = pointees(operations);
  const whole = new Set<StackSlot>();
  for (const operation of operations) {
    if (operation.kind !== "store" && operation.kind !== "atomic") continue;
    for (const slot of targetsOf(targets, operation.value)) whole.add(slot);
  }
  const touched = operations.map((operation) => touchedBy(operation, targets));
  const content = new Map(structs.map((slot, index) => [slot, new Temporary(-1 - index, slot.name)]));
  const reads = operations.map((operation, index): Operation => {
    const slots = [...touched[index]!].flatMap((slot) => content.get(slot) ?? []);
    if (slots.length === 0) return operation;
    const target = { kind: "helper", id: 0, name: "touch" } as const;
    return { kind: "call", target, arguments: slots, cold: operation.cold };
  });
  const needed = rangesOf(content, reads);
  const written = writtenRanges(basicBlocks(operations), touched);
  const ranges = new Map<StackSlot, Ranges>();
  for (const [slot, own] of needed) ranges.set(slot, common(own, written.get(slot) ?? []));
  return { ranges, whole };
}

function rangesOf(content: ReadonlyMap<StackSlot, Temporary>, operations: readonly Operation[]): SlotRanges {
  const ranges = liveRanges(operations, []);
  const found = new Map<StackSlot, Ranges>();
  for (const [slot, value] of content) {
    const own = ranges.get(value);
    if (own) found.set(slot, own);
  }
  return found;
}

type Pointees = ReadonlyMap<Temporary, ReadonlySet<StackSlot>>;

/** Which slots each temporary may point into, wherever in the function. */
function pointees(operations: readonly Operation[]): Pointees {
  const found = new Map<Temporary, Set<StackSlot>>();
  for (let changed = true; changed; ) {
    changed = false;
    const note = (to: Temporary | undefined, slots: Iterable<StackSlot>) => {
      if (!to) return;
      const known = found.get(to) ?? new Set();
      const before = known.size;
      for (const slot of slots) known.add(slot);
      if (known.size === before) return;
      found.set(to, known);
      changed = true;
    };
    for (const operation of operations) {
      if (operation.kind === "stack") note(operation.to, [operation.slot]);
      const gives = operation.kind === "alu" || operation.kind === "move" || givesPointer(operation);
      if (gives)
        for (const { temporary } of uses(operation)) note(definition(operation), found.get(temporary) ?? []);
    }
  }
  return found;
}

/** A helper gives no address of the caller's stack, a function of ours may give the one that it was given. */
function givesPointer(operation: Operation): boolean {
  if (operation.kind !== "call" || operation.target.kind !== "subprogram") return false;
  const { result } = operation.target.subprogram;
  return result !== undefined && "pointsTo" in result;
}

function targetsOf(targets: Pointees, value: Operand | Base): Iterable<StackSlot> {
  if (value instanceof StackSlot) return [value];
  return (value instanceof Temporary && targets.get(value)) || [];
}

/** The slots that an operation may read or write. */
function touchedBy(operation: Operation, targets: Pointees): Set<StackSlot> {
  switch (operation.kind) {
    case "load":
      return new Set(targetsOf(targets, operation.from));
    case "store":
    case "atomic":
      return new Set(targetsOf(targets, operation.at));
    case "call":
      return new Set(operation.arguments.flatMap((argument) => [...targetsOf(targets, argument)]));
    default:
      return new Set();
  }
}

/** Where a slot may have been touched already: before, nobody can need what is in it. */
function writtenRanges(
  blocks: readonly Block[],
  touched: readonly ReadonlySet<StackSlot>[],
): ReadonlyMap<StackSlot, Ranges> {
  const before = new Map(blocks.map((block) => [block, new Set<StackSlot>()]));
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks) {
      const after = new Set(before.get(block));
      for (let index = block.start; index < block.end; index++)
        for (const slot of touched[index]!) after.add(slot);
      for (const successor of block.successors) {
        const known = before.get(successor)!;
        const size = known.size;
        for (const slot of after) known.add(slot);
        if (known.size !== size) changed = true;
      }
    }
  }
  const ranges = new Map<StackSlot, Ranges>();
  for (const block of blocks) {
    const begun = new Map([...before.get(block)!].map((slot) => [slot, 2 * block.start]));
    for (let index = block.start; index < block.end; index++)
      for (const slot of touched[index]!) if (!begun.has(slot)) begun.set(slot, 2 * index);
    for (const [slot, start] of begun)
      ranges.set(slot, [...(ranges.get(slot) ?? []), { start, end: 2 * block.end }]);
  }
  return ranges;
}

/** What lies in both, each in order. */
function common(left: Ranges, right: Ranges): Ranges {
  return left.flatMap((one) =>
    right.flatMap((other) => {
      const start = Math.max(one.start, other.start);
      const end = Math.min(one.end, other.end);
      return start < end ? [{ start, end }] : [];
    }),
  );
}
