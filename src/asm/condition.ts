import { builder } from "./function-builder.js";
import type { Comparison } from "./instruction.js";
import type { Label, Temporary } from "./operation.js";
import { inRegister, operand } from "./value.js";

type Source = Temporary | bigint;

/**
 * What is true or false when a packet comes. It becomes jumps only where it is used (`when`, `unless`, …); the numbers it
 * compares are read where it is written.
 */
export class Condition {
  private constructor(
    private readonly form:
      | { kind: "known"; value: boolean }
      | { kind: "compare"; comparison: Comparison; left: Source; right: Source; wide: boolean }
      | { kind: "not"; of: Condition }
      | { kind: "and" | "or"; left: Condition; right: Condition },
  ) {}

  static known(value: boolean): Condition {
    return new Condition({ kind: "known", value });
  }

  static compare(comparison: Comparison, left: Source, right: Source, wide: boolean): Condition {
    if (typeof left === "bigint" && typeof right === "bigint")
      return Condition.known(decide(comparison, left, right, wide));
    return new Condition({ kind: "compare", comparison, left, right, wide });
  }

  and(other: Condition): Condition {
    return new Condition({ kind: "and", left: this, right: other });
  }
  or(other: Condition): Condition {
    return new Condition({ kind: "or", left: this, right: other });
  }
  get not(): Condition {
    return new Condition({ kind: "not", of: this });
  }

  /** Whether it is already decided while the program is made. */
  get known(): boolean | undefined {
    const form = this.form;
    if (form.kind === "known") return form.value;
    if (form.kind === "not") return form.of.known === undefined ? undefined : !form.of.known;
    if (form.kind === "compare") return undefined;
    const decisive = form.kind === "or";
    if (form.left.known === decisive || form.right.known === decisive) return decisive;
    return form.left.known === undefined || form.right.known === undefined ? undefined : !decisive;
  }

  /** Adds a jump to `label` that is taken if the condition is `wanted`. */
  jumpIf(wanted: boolean, label: Label): void {
    const form = this.form;
    const known = this.known;
    if (known !== undefined) {
      if (known === wanted) builder().jump(label);
      return;
    }
    switch (form.kind) {
      case "not":
        form.of.jumpIf(!wanted, label);
        return;
      case "compare":
        compareAndJump(form, wanted, label);
        return;
      case "and":
      case "or": {
        // "and" jumps when false as soon as one side is false; "or" is its mirror.
        if ((form.kind === "or") === wanted) {
          form.left.jumpIf(wanted, label);
          form.right.jumpIf(wanted, label);
        } else {
          const on = builder().label("on");
          form.left.jumpIf(!wanted, on);
          form.right.jumpIf(wanted, label);
          builder().place(on);
        }
        return;
      }
    }
  }
}

function compareAndJump(
  form: { comparison: Comparison; left: Source; right: Source; wide: boolean },
  wanted: boolean,
  label: Label,
): void {
  let { comparison, left, right } = form;
  if (typeof left === "bigint") {
    [left, right] = [right, left];
    comparison = mirrored[comparison];
  }
  const { wide } = form;
  const branch = (name: Comparison) =>
    builder().add({
      kind: "branch",
      comparison: name,
      wide,
      left: inRegister(left),
      right: operand(right, wide),
      label,
    });
  if (wanted) branch(comparison);
  else if (comparison !== "set") branch(negated[comparison]);
  else {
    // There is no jump for "none of these bits": jump over a jump.
    const any = builder().label("any");
    builder().add({
      kind: "branch",
      comparison,
      wide,
      left: inRegister(left),
      right: operand(right, wide),
      label: any,
    });
    builder().jump(label);
    builder().place(any);
  }
}

const negated = {
  eq: "ne",
  ne: "eq",
  gt: "le",
  le: "gt",
  ge: "lt",
  lt: "ge",
  sgt: "sle",
  sle: "sgt",
  sge: "slt",
  slt: "sge",
} as const;

const mirrored = {
  eq: "eq",
  ne: "ne",
  gt: "lt",
  lt: "gt",
  ge: "le",
  le: "ge",
  sgt: "slt",
  slt: "sgt",
  sge: "sle",
  sle: "sge",
  set: "set",
} as const;

function decide(comparison: Comparison, left: bigint, right: bigint, wide: boolean): boolean {
  const [l, r] =
    comparison.startsWith("s") && comparison !== "set"
      ? ([left, right].map((x) => BigInt.asIntN(wide ? 64 : 32, x)) as [bigint, bigint])
      : [left, right];
  switch (comparison) {
    case "eq":
      return l === r;
    case "ne":
      return l !== r;
    case "gt":
    case "sgt":
      return l > r;
    case "ge":
    case "sge":
      return l >= r;
    case "lt":
    case "slt":
      return l < r;
    case "le":
    case "sle":
      return l <= r;
    case "set":
      return (l & r) !== 0n;
  }
}
