import { definition, isPure, type Operand, type Operation, Temporary, uses } from "./operation.js";

/** Takes out copies of values that never change, and values that nobody reads. */
export function simplify(operations: readonly Operation[], parameters: readonly Temporary[]): Operation[] {
  return withoutUnread(withoutCopies(operations, parameters));
}

function withoutCopies(operations: readonly Operation[], parameters: readonly Temporary[]): Operation[] {
  const writes = new Map<Temporary, number>(parameters.map((parameter) => [parameter, 1]));
  for (const operation of operations) {
    const to = definition(operation);
    if (to) writes.set(to, (writes.get(to) ?? 0) + 1);
  }
  const once = (temporary: Temporary) => writes.get(temporary) === 1;
  const same = new Map<Temporary, Temporary>();
  const origin = (temporary: Temporary): Temporary => {
    const from = same.get(temporary);
    return from ? origin(from) : temporary;
  };
  const kept: Operation[] = [];
  for (const operation of operations) {
    if (
      operation.kind === "move" &&
      operation.wide &&
      operation.from instanceof Temporary &&
      once(operation.to)
    ) {
      const from = origin(operation.from);
      if (once(from)) {
        same.set(operation.to, from);
        continue;
      }
    }
    kept.push(operation);
  }
  return kept.map((operation) => renamed(operation, origin));
}

/** The operation with other temporaries for those that it reads. */
export function renamed(operation: Operation, name: (temporary: Temporary) => Temporary): Operation {
  const other = <T extends Operand | object | undefined>(operand: T): T =>
    operand instanceof Temporary ? (name(operand) as T) : operand;
  switch (operation.kind) {
    case "alu":
      return { ...operation, left: other(operation.left), right: other(operation.right) };
    case "swap":
    case "move":
    case "load":
      return { ...operation, from: other(operation.from as Temporary) } as Operation;
    case "store":
      return { ...operation, at: other(operation.at), value: other(operation.value) };
    case "atomic":
      return {
        ...operation,
        at: other(operation.at),
        value: other(operation.value),
        ...(operation.expected && { expected: other(operation.expected) }),
      };
    case "call":
      return { ...operation, arguments: operation.arguments.map(other) };
    case "branch":
      return { ...operation, left: other(operation.left), right: other(operation.right) };
    case "exit":
      return { ...operation, value: other(operation.value) };
    default:
      return operation;
  }
}

/** The operation with other temporaries for those that it reads and the one that it writes. */
export function rewritten(operation: Operation, name: (temporary: Temporary) => Temporary): Operation {
  const changed = renamed(operation, name);
  const to = definition(changed);
  return to ? ({ ...changed, to: name(to) } as Operation) : changed;
}

function withoutUnread(operations: readonly Operation[]): Operation[] {
  let kept = [...operations];
  for (;;) {
    const read = new Set<Temporary>();
    for (const operation of kept) for (const { temporary } of uses(operation)) read.add(temporary);
    const next = kept.filter((operation) => !isPure(operation) || read.has(definition(operation)!));
    if (next.length === kept.length) return next;
    kept = next;
  }
}
