import fc from "fast-check";
import * as asm from "../../src/asm/index.js";

/*
 * Random programs for the assembler. A program is data; `run` walks over it and tells a machine what to do. One machine
 * writes eBPF with src/asm (written-program.ts), another computes at once (evaluated-program.ts): both must agree.
 */

/** The one struct that all memory consists of: the packet, the shared struct, the stack, the table. */
export const Cell = asm.struct("Cell", {
  q0: asm.u64,
  q1: asm.u64,
  w0: asm.u32,
  w1: asm.u32,
  h0: asm.u16,
  b0: asm.u8,
  b1: asm.u8,
  n16: asm.be16,
  mac: asm.bytes(6, 2),
  n32: asm.be32,
  many: asm.array(asm.u32, 4),
});
export type Field = "q0" | "q1" | "w0" | "w1" | "h0" | "b0" | "b1" | "n16" | "n32";
export const tableSize = 4;

export const operators = [
  "add",
  "sub",
  "mul",
  "div",
  "mod",
  "and",
  "or",
  "xor",
  "shiftLeft",
  "shiftRight",
] as const;
export const comparisons = [
  ...["is", "isNot", "above", "atLeast", "below", "atMost", "signedBelow", "signedAtLeast", "hasAny"],
] as readonly (
  | "is"
  | "isNot"
  | "above"
  | "atLeast"
  | "below"
  | "atMost"
  | "signedBelow"
  | "signedAtLeast"
  | "hasAny"
)[];
export type Operator = (typeof operators)[number];
export type ComparisonName = (typeof comparisons)[number];
export type AtomicName = "add" | "fetchAdd" | "or" | "and" | "exchange" | "compareAndSwap";

export type Operand =
  | { kind: "let"; index: number }
  | { kind: "constant"; value: bigint }
  | { kind: "variable"; index: number }
  | { kind: "field"; place: number; field: Field };
export type ConditionTree =
  | { kind: "compare"; name: ComparisonName; wide: boolean; left: Operand; right: Operand }
  | { kind: "not"; of: ConditionTree }
  | { kind: "and" | "or"; left: ConditionTree; right: ConditionTree }
  | { kind: "mac"; left: number; right: number };
export type Statement =
  | { kind: "let"; op: Operator; wide: boolean; left: Operand; right: Operand }
  | { kind: "keep"; value: Operand }
  | { kind: "swap"; bits: 16 | 32; of: Operand }
  | { kind: "set"; variable: number; value: Operand }
  | { kind: "store"; place: number; field: Field; value: Operand }
  | {
      kind: "if";
      form: "when" | "unless" | "unlikely";
      condition: ConditionTree;
      yes: Statement[];
      no: Statement[];
    }
  | { kind: "block"; body: Statement[] }
  | { kind: "leave"; condition: ConditionTree | null }
  | { kind: "loop"; count: Operand; limit: number; body: Statement[] }
  | { kind: "choose"; value: Operand; cases: Statement[][]; otherwise: Statement[] }
  | { kind: "call"; target: number; arguments: Operand[]; place: number }
  | { kind: "repeat"; target: number; count: number }
  | { kind: "lookup"; index: Operand; missing: number; body: Statement[] }
  | { kind: "atomic"; name: AtomicName; place: number; field: "q0" | "w0"; value: Operand; expected: Operand }
  | { kind: "element"; place: number; index: Operand; value: Operand | null }
  | { kind: "mac"; from: number; to: number }
  | { kind: "end"; condition: ConditionTree | null; value: Operand };
export interface RandomFunction {
  /** Which parameters (behind the pointer) have 64 bits. */
  parameters: boolean[];
  wide: boolean;
  body: Statement[];
}
export interface RandomProgram {
  main: Statement[];
  functions: RandomFunction[];
  callbacks: Statement[][];
}

const interesting = [
  0n,
  1n,
  2n,
  7n,
  31n,
  33n,
  255n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_ffff_ffffn,
];
const small = fc.nat({ max: 30 });
const field = fc.constantFrom<Field[]>("q0", "q1", "w0", "w1", "h0", "b0", "b1", "n16", "n32");
const operand: fc.Arbitrary<Operand> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("let" as const), index: small }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("variable" as const), index: small }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("field" as const), place: small, field }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("constant" as const),
      value: fc.oneof(fc.constantFrom(...interesting), fc.bigInt(0n, 0xffff_ffff_ffff_ffffn)),
    }),
  },
);
const condition: fc.Arbitrary<ConditionTree> = fc.letrec<{ tree: ConditionTree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", maxDepth: 2 },
    fc.record({
      kind: fc.constant("compare" as const),
      name: fc.constantFrom(...comparisons),
      wide: fc.boolean(),
      left: operand,
      right: operand,
    }),
    fc.record({ kind: fc.constant("not" as const), of: tie("tree") }),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      left: tie("tree"),
      right: tie("tree"),
    }),
    fc.record({ kind: fc.constant("mac" as const), left: small, right: small }),
  ),
})).tree;

/** What makes values live across calls that seldom happen. */
const coldCall: fc.Arbitrary<Statement> = fc.record({
  kind: fc.constant("if" as const),
  form: fc.constant("unlikely" as const),
  condition,
  yes: fc.array(
    fc.record({
      kind: fc.constant("call" as const),
      target: small,
      arguments: fc.array(operand, { minLength: 4, maxLength: 4 }),
      place: small,
    }),
    { minLength: 1, maxLength: 2 },
  ),
  no: fc.constant<Statement[]>([]),
});

const maybe = <T>(of: fc.Arbitrary<T>, freq: number): fc.Arbitrary<T | null> =>
  fc.option(of, { freq, nil: null });

const straight: { weight: number; arbitrary: fc.Arbitrary<Statement> }[] = [
  { weight: 3, arbitrary: coldCall },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("keep" as const), value: operand }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("let" as const),
      op: fc.constantFrom(...operators),
      wide: fc.boolean(),
      left: operand,
      right: operand,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("swap" as const),
      bits: fc.constantFrom(16 as const, 32 as const),
      of: operand,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), variable: small, value: operand }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("store" as const), place: small, field, value: operand }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("leave" as const),
      condition: maybe(condition, 6),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      target: small,
      arguments: fc.array(operand, { minLength: 4, maxLength: 4 }),
      place: small,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("repeat" as const),
      target: small,
      count: fc.nat({ max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("atomic" as const),
      name: fc.constantFrom<AtomicName[]>("add", "fetchAdd", "or", "and", "exchange", "compareAndSwap"),
      place: small,
      field: fc.constantFrom("q0" as const, "w0" as const),
      value: operand,
      expected: operand,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("element" as const),
      place: small,
      index: operand,
      value: maybe(operand, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("mac" as const), from: small, to: small }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      condition: maybe(condition, 8),
      value: operand,
    }),
  },
];
const { statement } = fc.letrec<{ statement: Statement; body: Statement[] }>((tie) => ({
  body: fc.array(tie("statement"), { maxLength: 5, depthIdentifier: "body" }),
  statement: fc.oneof(
    { depthSize: "small", maxDepth: 3, depthIdentifier: "body" },
    ...straight,
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("if" as const),
        form: fc.constantFrom("when" as const, "unless" as const, "unlikely" as const),
        condition,
        yes: tie("body"),
        no: tie("body"),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("block" as const), body: tie("body") }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("loop" as const),
        count: operand,
        limit: fc.integer({ min: 1, max: 3 }),
        body: tie("body"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("choose" as const),
        value: operand,
        cases: fc.array(tie("body"), { maxLength: 3 }),
        otherwise: tie("body"),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("lookup" as const),
        index: operand,
        missing: small,
        body: tie("body"),
      }),
    },
  ),
}));
const body = (maxLength: number) => fc.array(statement, { maxLength, size: "max" });

export const randomProgram: fc.Arbitrary<RandomProgram> = fc.record({
  main: body(18),
  functions: fc.array(
    fc.record({ parameters: fc.array(fc.boolean(), { maxLength: 4 }), wide: fc.boolean(), body: body(6) }),
    { maxLength: 3 },
  ),
  callbacks: fc.array(body(4), { maxLength: 1 }),
});

/** What carries a program out: V are numbers, C conditions, P places in memory. */
export interface Executor<V, C, P> {
  constant(value: bigint, wide: boolean): V;
  isWide(value: V): boolean;
  low(value: V): V;
  extended(value: V): V;
  binary(op: Operator, left: V, right: V): V;
  swap(value: V, bits: 16 | 32): V;
  compare(name: ComparisonName, left: V, right: V): C;
  not(condition: C): C;
  both(kind: "and" | "or", left: C, right: C): C;
  sameMac(left: P, right: P): C;
  branch(form: "when" | "unless" | "unlikely", condition: C, then: () => void, otherwise: () => void): void;
  block(body: (leave: () => void) => void): void;
  loop(count: V, limit: number, body: (index: V, leave: () => void) => void): void;
  choose(value: V, cases: readonly (() => void)[], otherwise: () => void): void;
  variable(initial: V): { get(): V; set(value: V): void };
  load(place: P, field: Field): V;
  store(place: P, field: Field, value: V): void;
  element(place: P, index: V): V;
  setElement(place: P, index: V, value: V): void;
  copyMac(to: P, from: P): void;
  atomic(name: AtomicName, place: P, field: "q0" | "w0", value: V, expected: V): V | undefined;
  lookup(index: V, missing: P): P;
  call(target: number, place: P, args: V[]): V;
  repeat(target: number, count: number, place: P): V;
  end(value: V, self: number): void;
}

interface Scope<V, P> {
  readonly lets: V[];
  readonly variables: { wide: boolean; get(): V; set(value: V): void }[];
  /** Where reading and writing goes; the last is always the local cell. */
  readonly places: P[];
  readonly leave: (() => void) | undefined;
}

export class Walk<V, C, P> {
  constructor(
    private readonly program: RandomProgram,
    private readonly on: Executor<V, C, P>,
  ) {}

  /** Does what a function's body says, and gives a digest of all that is still known at its end: so all of it lives. */
  function(body: readonly Statement[], values: readonly V[], places: readonly P[], self: number): V {
    const { on } = this;
    const first = on.load(places[0]!, "q0");
    const variables = [
      on.constant(5n, false),
      first,
      on.load(places[0]!, "w1"),
      on.constant(1n << 40n, true),
    ].map((initial) => ({ wide: on.isWide(initial), ...on.variable(initial) }));
    const scope = { lets: [first, ...values], variables, places: [...places], leave: undefined };
    this.#statements(body, scope, self);
    let digest = on.constant(17n, true);
    for (const value of [...scope.lets, ...variables.map((variable) => variable.get())])
      digest = on.binary("xor", on.binary("mul", digest, on.constant(31n, true)), this.#as(value, true));
    return digest;
  }

  #statements(list: readonly Statement[], scope: Scope<V, P>, self: number): void {
    for (const statement of list) this.#statement(statement, scope, self);
  }

  /** A body of its own: what it names is gone at its end. */
  #inner(
    list: readonly Statement[],
    scope: Scope<V, P>,
    self: number,
    more: Partial<Scope<V, P>> = {},
  ): void {
    this.#statements(list, { ...scope, lets: [...scope.lets], places: [...scope.places], ...more }, self);
  }

  #statement(statement: Statement, scope: Scope<V, P>, self: number): void {
    const { on, program } = this;
    const value = (operand: Operand) => this.#value(operand, scope);
    const place = (index: number) => scope.places[index % scope.places.length]!;
    // The verifier takes no atomics on packets, and no element of a packet at an index that comes with it.
    const memory = (index: number) => {
      const chosen = place(index);
      return self === -1 && chosen === scope.places[2] ? scope.places[0]! : chosen;
    };
    const condition = (tree: ConditionTree) => this.#condition(tree, scope);
    switch (statement.kind) {
      case "let": {
        const [left, right] = [value(statement.left), value(statement.right)];
        scope.lets.push(
          on.binary(statement.op, this.#as(left, statement.wide), this.#as(right, statement.wide)),
        );
        return;
      }
      case "keep":
        // As it is: of a variable, what it was then.
        scope.lets.push(value(statement.value));
        return;
      case "swap":
        scope.lets.push(on.swap(this.#as(value(statement.of), false), statement.bits));
        return;
      case "set": {
        const variable = scope.variables[statement.variable % scope.variables.length]!;
        variable.set(this.#as(value(statement.value), variable.wide));
        return;
      }
      case "store":
        on.store(place(statement.place), statement.field, value(statement.value));
        return;
      case "if":
        on.branch(
          statement.form,
          condition(statement.condition),
          () => this.#inner(statement.yes, scope, self),
          () => this.#inner(statement.no, scope, self),
        );
        return;
      case "block":
        on.block((leave) => this.#inner(statement.body, scope, self, { leave }));
        return;
      case "leave": {
        const { leave } = scope;
        if (!leave) return;
        if (statement.condition) on.branch("when", condition(statement.condition), leave, () => {});
        else leave();
        return;
      }
      case "loop": {
        const count = this.#as(value(statement.count), false);
        on.loop(count, statement.limit, (index, leave) =>
          this.#inner(statement.body, scope, self, { lets: [...scope.lets, index], leave }),
        );
        return;
      }
      case "choose": {
        const chosen = on.binary("and", this.#as(value(statement.value), false), on.constant(3n, false));
        on.choose(
          chosen,
          statement.cases.map((body) => () => this.#inner(body, scope, self)),
          () => this.#inner(statement.otherwise, scope, self),
        );
        return;
      }
      case "call": {
        // A function calls only those behind it: no recursion.
        const left = program.functions.length - self - 1;
        if (left <= 0) return;
        const target = self + 1 + (statement.target % left);
        const args = program.functions[target]!.parameters.map((wide, i) =>
          this.#as(value(statement.arguments[i]!), wide),
        );
        scope.lets.push(on.call(target, memory(statement.place), args));
        return;
      }
      case "repeat":
        // The verifier wants the stack behind a callback's pointer: only the main function has a cell there.
        if (program.callbacks.length === 0 || self >= 0) return;
        scope.lets.push(
          on.repeat(statement.target % program.callbacks.length, statement.count, scope.places[1]!),
        );
        return;
      case "lookup": {
        const index = on.binary("and", this.#as(value(statement.index), false), on.constant(7n, false));
        const found = on.lookup(index, memory(statement.missing));
        this.#inner(statement.body, scope, self, { places: [...scope.places, found] });
        return;
      }
      case "atomic": {
        const wide = statement.field === "q0";
        const [given, expected] = [value(statement.value), value(statement.expected)];
        const where = memory(statement.place);
        const old = on.atomic(
          statement.name,
          where,
          statement.field,
          this.#as(given, wide),
          this.#as(expected, wide),
        );
        if (old !== undefined) scope.lets.push(old);
        return;
      }
      case "element": {
        const index = this.#as(value(statement.index), false);
        const where = memory(statement.place);
        if (statement.value) on.setElement(where, index, this.#as(value(statement.value), false));
        else scope.lets.push(on.element(where, index));
        return;
      }
      case "mac":
        on.copyMac(place(statement.to), place(statement.from));
        return;
      case "end": {
        const end = () => on.end(value(statement.value), self);
        if (statement.condition) on.branch("unlikely", condition(statement.condition), end, () => {});
        else end();
        return;
      }
    }
  }

  #value(operand: Operand, scope: Scope<V, P>): V {
    switch (operand.kind) {
      case "let":
        return scope.lets[operand.index % scope.lets.length]!;
      case "constant":
        return this.on.constant(operand.value, true);
      case "variable":
        return scope.variables[operand.index % scope.variables.length]!.get();
      case "field":
        return this.on.load(scope.places[operand.place % scope.places.length]!, operand.field);
    }
  }

  #condition(tree: ConditionTree, scope: Scope<V, P>): C {
    const { on } = this;
    switch (tree.kind) {
      case "compare": {
        const [left, right] = [this.#value(tree.left, scope), this.#value(tree.right, scope)];
        return on.compare(tree.name, this.#as(left, tree.wide), this.#as(right, tree.wide));
      }
      case "not":
        return on.not(this.#condition(tree.of, scope));
      case "mac": {
        const { places } = scope;
        return on.sameMac(places[tree.left % places.length]!, places[tree.right % places.length]!);
      }
      default:
        return on.both(tree.kind, this.#condition(tree.left, scope), this.#condition(tree.right, scope));
    }
  }

  #as(value: V, wide: boolean): V {
    if (this.on.isWide(value) === wide) return value;
    return wide ? this.on.extended(value) : this.on.low(value);
  }
}
