import { liveRanges, type Ranges, writesAt } from "./liveness.js";
import { definition, type Operation, Temporary } from "./operation.js";
import { rewritten } from "./simplify.js";

/**
 * Takes out moves whose two sides can be one value: neither is written, but by a move from the other, while the other is
 * still needed (Chaitin: copies don't interfere). What a variable is given is then made in its place, and what is read of it
 * is read there.
 */
export function coalesce(operations: readonly Operation[], parameters: readonly Temporary[]): Operation[] {
  const ranges = liveRanges(operations, parameters);
  const classes = new Map<Temporary, Class>();
  for (const [index, operation] of operations.entries()) {
    const to = definition(operation);
    if (!to) continue;
    const known = classes.get(to) ?? { members: [to], ranges: ranges.get(to) ?? [], writes: [] };
    classes.set(to, known);
    known.writes.push({ operation, position: writesAt(operation, index) });
  }
  // A parameter comes in a register of its own.
  for (const parameter of parameters) classes.delete(parameter);
  for (const operation of operations) {
    const [to, from] = sides(operation) ?? [];
    const one = to && classes.get(to);
    const other = from && classes.get(from);
    if (!one || !other || one === other || disturbs(one, other) || disturbs(other, one)) continue;
    const joined: Class = {
      members: [...one.members, ...other.members],
      ranges: united(one.ranges, other.ranges),
      writes: [...one.writes, ...other.writes],
    };
    for (const member of joined.members) classes.set(member, joined);
  }
  const name = (temporary: Temporary) => classes.get(temporary)?.members[0] ?? temporary;
  return operations
    .map((operation) => rewritten(operation, name))
    .filter((operation) => {
      const [to, from] = sides(operation) ?? [];
      return to === undefined || to !== from;
    });
}

/** Temporaries that are one, with all writes and where any of them is still needed. */
interface Class {
  readonly members: readonly Temporary[];
  readonly ranges: Ranges;
  readonly writes: { readonly operation: Operation; readonly position: number }[];
}

/** Both sides of a move that changes nothing. */
function sides(operation: Operation): readonly [Temporary, Temporary] | undefined {
  return operation.kind === "move" && operation.wide && operation.from instanceof Temporary
    ? [operation.to, operation.from]
    : undefined;
}

/** Whether a write to one comes while the other is needed. */
function disturbs(one: Class, other: Class): boolean {
  return one.writes.some(({ operation, position }) => {
    const from = sides(operation)?.[1];
    if (from && other.members.includes(from)) return false;
    return other.ranges.some(({ start, end }) => start <= position && position < end);
  });
}

/** In order and without touching one another. */
function united(left: Ranges, right: Ranges): Ranges {
  const result: Ranges = [];
  for (const { start, end } of [...left, ...right].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
