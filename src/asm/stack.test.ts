import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runProgram } from "../../test/support/run-program.js";
import * as asm from "./index.js";

const Pair = asm.struct("Pair", { a: asm.u64, b: asm.u64 });
const Result = asm.struct("Result", { sum: asm.u64 });
const shared = new asm.SharedStruct("shared", Result);
const opaque = asm.subprogram("opaque", [asm.pointer(Pair)], asm.u64, (pair) => {
  pair.b = pair.b.add(1);
  return pair.a.add(pair.b);
});

/** Bytes of the main function's stack. */
const stackOf = (body: () => void) =>
  asm
    .xdp("frame", (packet) => {
      body();
      packet.pass();
    })
    .write().functions[0]!.stack;

test("structs that are needed one after another have one place", () => {
  const one = () => {
    const pair = Pair.local({ a: 1, b: 2 });
    shared.here.sum = opaque(pair);
  };
  assert.equal(stackOf(one), 16);
  const many = () => {
    for (let i = 0; i < 8; i++) asm.when(shared.here.sum.is(i), one);
  };
  assert.equal(stackOf(many), 16);
});

test("a struct whose address is kept in memory has its place to itself", () => {
  const Keeper = asm.struct("Keeper", { address: asm.u64 });
  const kept = () => {
    const pair = Pair.local({ a: 1, b: 2 });
    const keeper = Keeper.local({ address: new asm.U64(pair.asPointer) });
    for (let i = 0; i < 3; i++) shared.here.sum = opaque(Pair.local({ a: i, b: i }));
    shared.here.sum = opaque(asm.viewAt(Pair, keeper.address));
  };
  assert.equal(stackOf(kept), 16 + 8 + 16);
});

/** What a program does with structs: those made within a turn of a loop or a branch are known only there. */
type Step =
  | { do: "make"; a: number; b: number }
  | { do: "change" | "read" | "give"; which: number }
  | { do: "when"; above: number; steps: Step[] }
  | { do: "loop"; turns: number; steps: Step[] };

const { steps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie("step"), { minLength: 1, maxLength: 6, depthIdentifier: "steps" }),
  step: fc.oneof(
    { depthIdentifier: "steps", maxDepth: 3 },
    fc.record({ do: fc.constant("make" as const), a: fc.nat(99), b: fc.nat(99) }),
    fc.record({ do: fc.constantFrom("change" as const, "read" as const, "give" as const), which: fc.nat(7) }),
    fc.record({ do: fc.constant("when" as const), above: fc.nat(400), steps: tie("steps") }),
    fc.record({ do: fc.constant("loop" as const), turns: fc.nat(3), steps: tie("steps") }),
  ),
}));

type PairView = ReturnType<typeof Pair.local>;

function write(all: readonly Step[], known: readonly PairView[]): void {
  const pairs = [...known];
  const sum = shared.here;
  for (const step of all) {
    if (step.do === "make") pairs.unshift(Pair.local({ a: sum.sum.and(15).add(step.a), b: step.b }));
    else if (step.do === "when") asm.when(sum.sum.above(step.above), () => write(step.steps, pairs));
    else if (step.do === "loop") asm.loop(step.turns, 4, () => write(step.steps, pairs));
    else {
      const pair = pairs[step.which % Math.max(pairs.length, 1)];
      if (!pair) continue;
      if (step.do === "change") pair.a = pair.a.add(sum.sum.and(7));
      else sum.sum = sum.sum.add(step.do === "read" ? pair.a : opaque(pair));
    }
  }
}

function evaluate(
  all: readonly Step[],
  known: readonly { a: bigint; b: bigint }[],
  here: { sum: bigint },
): void {
  const pairs = [...known];
  for (const step of all) {
    if (step.do === "make") pairs.unshift({ a: (here.sum & 15n) + BigInt(step.a), b: BigInt(step.b) });
    else if (step.do === "when") {
      if (here.sum > BigInt(step.above)) evaluate(step.steps, pairs, here);
    } else if (step.do === "loop") {
      for (let turn = 0; turn < step.turns; turn++) evaluate(step.steps, pairs, here);
    } else {
      const pair = pairs[step.which % Math.max(pairs.length, 1)];
      if (!pair) continue;
      if (step.do === "change") pair.a += here.sum & 7n;
      else if (step.do === "read") here.sum += pair.a;
      else {
        pair.b += 1n;
        here.sum += pair.a + pair.b;
      }
    }
  }
}

test("structs that share places keep what is needed", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const here = { sum: 0n };
      evaluate(all, [], here);
      const program = asm.xdp("steps", (packet) => {
        shared.here.sum = asm.constant64(0n);
        write(all, []);
        packet.pass();
      });
      assert.equal(runProgram(program).valueOf(shared).sum, here.sum);
    }),
    { numRuns: 400 },
  );
});
