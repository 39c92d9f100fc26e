import { Condition } from "./condition.js";
import { builder } from "./function-builder.js";
import type { Temporary } from "./operation.js";
import type { Shape, Struct } from "./struct.js";
import { type Be16, type Be32, constant32, inRegister, type Number32, type U32, U64 } from "./value.js";
import { type StructView, structView, View } from "./view.js";

type Body = () => void;

/** Runs `then` when the packet makes `condition` true, else `otherwise`. */
export function when(condition: Condition, then: Body, otherwise?: Body): void {
  const known = condition.known;
  if (known !== undefined) {
    if (known) then();
    else otherwise?.();
    return;
  }
  const b = builder();
  const no = b.label("no");
  condition.jumpIf(false, no);
  then();
  if (!otherwise) {
    b.place(no);
    return;
  }
  const end = b.label("end");
  if (b.reachable) b.jump(end);
  b.place(no);
  otherwise();
  b.place(end);
}

/** Runs `body` when the packet makes `condition` false. */
export function unless(condition: Condition, body: Body): void {
  when(condition.not, body);
}

/** As {@link when}, for what seldom happens: its code stands out of the likely way. */
export function unlikely(condition: Condition, body: Body): void {
  const known = condition.known;
  if (known !== undefined) {
    if (known) body();
    return;
  }
  const b = builder();
  const seldom = b.label("seldom");
  const back = b.label("back");
  condition.jumpIf(true, seldom);
  b.outOfTheWay(seldom, () => {
    body();
    if (b.reachable) b.jump(back);
  });
  b.place(back);
}

/** Runs `body`, which may leave it early: everything after `leave()` up to the block's end is passed over. */
export function block(body: (leave: Body) => void): void {
  const b = builder();
  const end = b.label("end");
  body(() => b.jump(end));
  b.place(end);
}

/**
 * Runs `body` for 0, 1, … up to `count`, at most `limit` times: the verifier wants to see a bound. `leave()` ends it.
 * For thousands of turns use {@link repeat}, which the verifier walks once.
 */
export function loop(count: Number32, limit: number, body: (index: U32, leave: Body) => void): void {
  const b = builder();
  const index = variable(constant32(0));
  const top = b.label("loop");
  const end = b.label("end");
  b.place(top, true);
  const now = index.value;
  // The verifier knows the turn's number. Linux 6.1 decides a comparison only if what it knows stands on the right; else it
  // goes on with a count that can't be, and loses what is computed from it.
  (typeof count === "number" ? constant32(count) : count).atMost(now).jumpIf(true, end);
  now.atLeast(limit).jumpIf(true, end);
  body(now, () => b.jump(end));
  if (b.reachable) {
    index.set(now.add(1));
    b.jump(top);
  }
  b.place(end);
}

/** Runs the body whose number `value` is, else `otherwise`. */
export function choose(value: U32, cases: ReadonlyMap<number, Body>, otherwise: Body = () => {}): void {
  const b = builder();
  const end = b.label("end");
  for (const [number, body] of cases) {
    const next = b.label("next");
    value.is(number).jumpIf(false, next);
    body();
    if (b.reachable) b.jump(end);
    b.place(next);
  }
  if (b.reachable) otherwise();
  b.place(end);
}

/** A value that changes while the program runs. Reading takes what it is now. */
export interface Variable<V> {
  readonly value: V;
  set(value: V): void;
}

type Variably = U32 | U64 | Be16 | Be32;

/** A number that changes. */
export function variable<V extends Variably>(initial: V): Variable<V> {
  const place = builder().temporary();
  const make = initial.constructor as new (source: Temporary | bigint) => V;
  const write = (value: V) => {
    const wide = value instanceof U64;
    if (typeof value.source === "bigint" && (wide ? value.source < 0x8000_0000n : true))
      builder().add({ kind: "move", to: place, from: Number(BigInt.asIntN(32, value.source)), wide });
    else builder().add({ kind: "move", to: place, from: inRegister(value.source), wide: true });
  };
  write(initial);
  return {
    get value() {
      const to = builder().temporary();
      builder().add({ kind: "move", to, from: place, wide: true });
      return new make(to);
    },
    set: write,
  };
}

/** A pointer to a struct that changes; it begins as one to nothing ({@link View.isMissing}). */
export function pointerVariable<S extends Shape>(struct: Struct<S>): Variable<StructView<S>> {
  const place = builder().temporary();
  builder().add({ kind: "move", to: place, from: 0, wide: true });
  return {
    get value() {
      const to = builder().temporary();
      builder().add({ kind: "move", to, from: place, wide: true });
      return structView(struct, to, 0);
    },
    set(view) {
      builder().add({ kind: "move", to: place, from: view.asPointer, wide: true });
    },
  };
}

/** A pointer that may point to nothing, as look-ups give it. */
export class Found<S extends Shape> {
  constructor(
    private readonly struct: Struct<S>,
    private readonly pointer: Temporary,
  ) {}

  get isMissing(): Condition {
    return Condition.compare("eq", this.pointer, 0n, true);
  }

  /** What was found, as it came: a pointer that may be none, to be given on. */
  get unchecked(): StructView<S> {
    return structView(this.struct, this.pointer, 0);
  }

  /** What was found. If there is nothing, `missing` runs: it leaves the program, or gives something else instead. */
  otherwise(missing: () => StructView<S> | undefined | void): StructView<S> {
    const b = builder();
    const nothing = b.label("missing");
    const back = b.label("back");
    const result = b.temporary();
    b.add({ kind: "move", to: result, from: this.pointer, wide: true });
    this.isMissing.jumpIf(true, nothing);
    b.outOfTheWay(nothing, () => {
      const instead = missing();
      if (!b.reachable) return;
      if (!(instead instanceof View))
        throw new Error(`${this.struct.name}: what runs otherwise must leave or give a view`);
      b.add({ kind: "move", to: result, from: instead.asPointer, wide: true });
      b.jump(back);
    });
    b.place(back);
    return structView(this.struct, result, 0);
  }

  /** Runs `body` with what was found; nothing if there is nothing. */
  whenFound(body: (found: StructView<S>) => void): void {
    when(this.isMissing.not, () => body(structView(this.struct, this.pointer, 0)));
  }
}
