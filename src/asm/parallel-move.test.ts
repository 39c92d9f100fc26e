import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inOrder, type Move } from "./parallel-move.js";

/** Does moves one after the other; register n first holds n. */
function after(moves: readonly Move[]): number[] {
  const registers = Array.from({ length: 10 }, (_, register) => register);
  for (const { to, from } of moves) registers[to] = registers[from]!;
  return registers;
}

/** Arguments of a call come from anywhere and go to r1 … r5; parameters come from r1 … r5 and go anywhere. */
const arguments_ = fc
  .array(fc.integer({ min: 0, max: 9 }), { maxLength: 5 })
  .map((from) => from.map((register, i) => ({ to: i + 1, from: register })));
const parameters = fc
  .uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 5 })
  .map((to) => to.map((register, i) => ({ to: register, from: i + 1 })));

for (const [name, moves] of [
  ["arguments", arguments_],
  ["parameters", parameters],
] as const)
  test(`${name} move as if all at once, and what the moves don't name stays`, () => {
    fc.assert(
      fc.property(moves, (wanted) => {
        const got = after(inOrder(wanted));
        for (const { to, from } of wanted) assert.equal(got[to], from);
        // Where a call is made, r6 … r9 hold what lives across it.
        if (name === "arguments") for (const kept of [6, 7, 8, 9]) assert.equal(got[kept], kept);
      }),
      { numRuns: 2000 },
    );
  });

test("a ring of five with r0 taken", () => {
  const ring = [1, 2, 3, 4, 5].map((from) => ({ from, to: from === 5 ? 1 : from + 1 }));
  assert.equal(inOrder(ring).length, 6);
  const withR0 = [
    { to: 0, from: 3 },
    { to: 1, from: 2 },
    { to: 2, from: 1 },
  ];
  assert.deepEqual(after(inOrder(withR0)).slice(0, 3), [3, 2, 1]);
});
