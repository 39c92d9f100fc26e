import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { afterCheck, checkState, type Health } from "./machine.js";

const healths = fc.constantFrom<Health>("checking", "healthy", "unhealthy");
const rules = fc.record({ fails: fc.integer({ min: 1, max: 4 }), passes: fc.integer({ min: 1, max: 4 }) });

/** How many of the last results were this one. */
const inARow = (results: readonly boolean[], passed: boolean): number => {
  const at = results.lastIndexOf(!passed);
  return results.length - 1 - at;
};

test("a server changes when, and only when, so many checks in a row said so", () => {
  fc.assert(
    fc.property(healths, rules, fc.array(fc.boolean(), { maxLength: 30 }), (first, said, results) => {
      let state = checkState(first);
      results.forEach((passed, at) => {
        const before = state.health;
        state = afterCheck(state, passed, said);
        const row = inARow(results.slice(0, at + 1), passed);
        const expected = passed
          ? before === "healthy" || row >= said.passes
            ? "healthy"
            : before
          : before === "unhealthy" || row >= said.fails
            ? "unhealthy"
            : before;
        assert.equal(state.health, expected);
      });
    }),
  );
});

test("nobody goes back to checking", () => {
  fc.assert(
    fc.property(healths, rules, fc.array(fc.boolean()), (first, said, results) => {
      const all = results.map(
        (
          (state) => (passed: boolean) =>
            (state = afterCheck(state, passed, said)).health
        )(checkState(first)),
      );
      const left = all.findIndex((health) => health !== "checking");
      assert.ok(left < 0 || all.slice(left).every((health) => health !== "checking"));
    }),
  );
});
