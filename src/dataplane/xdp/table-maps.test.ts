import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tablePhases } from "./layout.js";
import { tablesNumber, tablesOf } from "./table-maps.js";

test("epoch and phase are one number", () => {
  const phase = fc.constantFrom(...Object.values(tablePhases));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 24 - 1 }), phase, (epoch, phase) => {
      const number = tablesNumber({ epoch, phase });
      assert.ok(number >= 0 && number < 2 ** 32);
      assert.deepEqual(tablesOf(number), { epoch, phase });
    }),
  );
  assert.equal(tablesNumber({ epoch: 0, phase: tablePhases.one }), 0, "what a new director has");
});
