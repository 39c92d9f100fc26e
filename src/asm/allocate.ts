import { leavesItsResultInR0, liveRanges, type Ranges } from "./liveness.js";
import { Occupancy } from "./occupancy.js";
import { definition, isPure, type Operation, StackSlot, Temporary, uses } from "./operation.js";
import { renamed } from "./simplify.js";

/**
 * Register allocation: temporaries get registers r0 … r9 in the order of how often the likely way needs them, each the first
 * whose ranges don't meet its own. A call destroys r0 … r5; a value that lives across calls takes one of r6 … r9. If none is
 * free it goes to the stack, or, across unlikely calls only, stays where it is and is saved around them. What can be made
 * anew (a constant, the address of a map) is never saved. docs/decisions/0002 tells why it is this and not a linear scan.
 */
export interface Allocation {
  readonly operations: readonly Operation[];
  readonly register: ReadonlyMap<Temporary, number>;
  /** By the index of a call: what has to be saved around it, with its slot. */
  readonly saved: ReadonlyMap<number, readonly { temporary: Temporary; slot: StackSlot }[]>;
  /** Slots of what was spilled. */
  readonly slots: readonly StackSlot[];
}

const coldWeight = 0.01;

export function allocate(operations: readonly Operation[], parameters: readonly Temporary[]): Allocation {
  const slots: StackSlot[] = [];
  let nextId = 1_000_000;
  const fresh = (of: Temporary) => new Temporary(nextId++, of.name);
  const unspillable = new Set<Temporary>();
  let current = [...operations];
  for (let round = 0; round < 64; round++) {
    const attempt = tryToAllocate(current, parameters, unspillable);
    if ("register" in attempt) return { ...attempt, operations: current, slots };
    current = spill(current, attempt, parameters, fresh, unspillable, slots);
  }
  throw new Error("register allocation found no end");
}

function tryToAllocate(
  operations: readonly Operation[],
  parameters: readonly Temporary[],
  unspillable: ReadonlySet<Temporary>,
): Pick<Allocation, "register" | "saved"> | Spilled {
  const ranges = liveRanges(operations, parameters);
  const weight = weights(operations, ranges, unspillable);
  const hints = collectHints(operations, parameters);
  const calls = operations.flatMap((operation, index) =>
    leavesItsResultInR0(operation)
      ? [{ index, position: 2 * index + 1, cold: operation.cold, all: operation.kind === "call" }]
      : [],
  );
  const occupied = Array.from({ length: 10 }, () => new Occupancy());
  const register = new Map<Temporary, number>();
  const spilled = new Set<Temporary>();
  const saved = new Map<number, { temporary: Temporary; slot: StackSlot }[]>();

  const order = [...ranges.keys()].sort((a, b) => weight.get(b)! - weight.get(a)! || a.id - b.id);
  for (const temporary of order) {
    const own = ranges.get(temporary)!;
    const crossed = callsWithin(calls, own);
    const hot = crossed.some(({ cold, all }) => all && !cold);
    const cold = crossed.some(({ cold, all }) => all && cold);
    const usable = (candidate: number): boolean => {
      if (candidate === 0 && crossed.length > 0) return false;
      if (candidate <= 5 && hot) return false;
      return !occupied[candidate]!.meets(own);
    };
    const preferred = (hints.get(temporary) ?? [])
      .map((hint) => (typeof hint === "number" ? hint : register.get(hint)))
      .filter((hint): hint is number => hint !== undefined);
    // Registers that a call keeps are scarce: what crosses none takes others first.
    const general = hot || cold ? [6, 7, 8, 9, 5, 4, 3, 2, 1] : [5, 4, 3, 2, 1, 0, 9, 8, 7, 6];
    const order = hot || cold ? [...preferred.filter((r) => r >= 6), ...general] : [...preferred, ...general];
    const chosen = order.find(usable);
    if (chosen === undefined) {
      if (unspillable.has(temporary)) throw new Error("an instruction needs more registers than there are");
      spilled.add(temporary);
      continue;
    }
    register.set(temporary, chosen);
    occupied[chosen]!.take(own);
    if (chosen >= 1 && chosen <= 5 && cold) {
      for (const { index, all } of crossed) {
        if (!all) continue;
        const list = saved.get(index) ?? [];
        saved.set(index, list);
        list.push({ temporary, slot: new StackSlot(8, "saved") });
      }
    }
  }
  return spilled.size > 0 ? { spilled } : { register, saved };
}

function weights(
  operations: readonly Operation[],
  ranges: ReadonlyMap<Temporary, Ranges>,
  unspillable: ReadonlySet<Temporary>,
): Map<Temporary, number> {
  const weight = new Map<Temporary, number>();
  const count = (temporary: Temporary, cold: boolean) =>
    weight.set(temporary, (weight.get(temporary) ?? 0) + (cold ? coldWeight : 1));
  for (const operation of operations) {
    for (const { temporary } of uses(operation)) count(temporary, operation.cold);
    const to = definition(operation);
    if (to) count(to, operation.cold);
  }
  for (const [temporary, own] of ranges) {
    const length = own.reduce((sum, { start, end }) => sum + (end - start), 0);
    const value = unspillable.has(temporary)
      ? Number.MAX_VALUE / 2
      : (weight.get(temporary) ?? 0) / (length + 4);
    weight.set(temporary, value);
  }
  return weight;
}

/** Registers, or temporaries whose register would save a move. */
function collectHints(
  operations: readonly Operation[],
  parameters: readonly Temporary[],
): Map<Temporary, (Temporary | number)[]> {
  const hints = new Map<Temporary, (Temporary | number)[]>();
  const hint = (temporary: unknown, other: Temporary | number) => {
    if (!(temporary instanceof Temporary)) return;
    const list = hints.get(temporary) ?? [];
    hints.set(temporary, list);
    list.push(other);
  };
  for (const [index, parameter] of parameters.entries()) hint(parameter, index + 1);
  for (const operation of operations) {
    if (operation.kind === "call")
      for (const [index, argument] of operation.arguments.entries()) hint(argument, index + 1);
    if (leavesItsResultInR0(operation)) hint(definition(operation), 0);
    if (operation.kind === "exit") hint(operation.value, 0);
    const pair =
      operation.kind === "alu"
        ? [operation.to, operation.left]
        : operation.kind === "move" || operation.kind === "swap"
          ? [operation.to, operation.from]
          : undefined;
    if (pair && pair[0] instanceof Temporary && pair[1] instanceof Temporary) {
      hint(pair[0], pair[1]);
      hint(pair[1], pair[0]);
    }
  }
  return hints;
}

/** What found no register. */
interface Spilled {
  readonly spilled: ReadonlySet<Temporary>;
}

/** Rewrites the operations so that spilled temporaries live in memory, or are made anew, between their uses. */
function spill(
  operations: readonly Operation[],
  { spilled }: Spilled,
  parameters: readonly Temporary[],
  fresh: (of: Temporary) => Temporary,
  unspillable: Set<Temporary>,
  slots: StackSlot[],
): Operation[] {
  const makers = new Map<Temporary, Operation[]>();
  for (const operation of operations) {
    const to = definition(operation);
    if (to && spilled.has(to)) makers.set(to, [...(makers.get(to) ?? []), operation]);
  }
  const anew = (temporary: Temporary): Operation | undefined => {
    const all = makers.get(temporary) ?? [];
    return all.length === 1 && !parameters.includes(temporary) && canBeMadeAnew(all[0]!) ? all[0] : undefined;
  };
  const slotOf = new Map<Temporary, StackSlot>();
  const slot = (temporary: Temporary): StackSlot => {
    const known = slotOf.get(temporary);
    if (known) return known;
    const made = new StackSlot(8, temporary.name ?? "spilled");
    slots.push(made);
    slotOf.set(temporary, made);
    return made;
  };
  const result: Operation[] = [];
  for (const parameter of parameters) {
    // It comes in a register all the same; from there it goes to its slot at once.
    if (!spilled.has(parameter)) continue;
    result.push({ kind: "store", at: slot(parameter), offset: 0, size: 8, value: parameter, cold: false });
    unspillable.add(parameter);
  }
  for (const operation of operations) {
    const to = definition(operation);
    if (to && spilled.has(to) && anew(to)) continue;
    const short = new Map<Temporary, Temporary>();
    for (const { temporary } of uses(operation)) {
      if (!spilled.has(temporary) || short.has(temporary)) continue;
      const replacement = fresh(temporary);
      unspillable.add(replacement);
      short.set(temporary, replacement);
      const maker = anew(temporary);
      const { cold, site } = operation;
      if (maker) result.push({ ...maker, to: replacement, cold, site } as Operation);
      else
        result.push({ kind: "load", to: replacement, from: slot(temporary), offset: 0, size: 8, cold, site });
    }
    const changed =
      short.size > 0 ? renamed(operation, (temporary) => short.get(temporary) ?? temporary) : operation;
    if (to && spilled.has(to)) {
      const replacement = fresh(to);
      unspillable.add(replacement);
      result.push({ ...changed, to: replacement } as Operation);
      result.push({
        kind: "store",
        at: slot(to),
        offset: 0,
        size: 8,
        value: replacement,
        cold: operation.cold,
        site: operation.site,
      });
    } else result.push(changed);
  }
  return result;
}

function canBeMadeAnew(operation: Operation): boolean {
  return isPure(operation) && operation.kind !== "load" && uses(operation).length === 0;
}

/** Those of `calls`, which are in order, that come while a value is needed. */
function callsWithin<C extends { readonly position: number }>(calls: readonly C[], ranges: Ranges): C[] {
  return ranges.flatMap(({ start, end }) => calls.slice(firstAt(calls, start), firstAt(calls, end)));
}

/** The index of the first call that comes at a position or behind it. */
function firstAt(calls: readonly { readonly position: number }[], position: number): number {
  let low = 0;
  let high = calls.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (calls[middle]!.position < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
