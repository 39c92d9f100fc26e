import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Agenda } from "./agenda.js";

test("an agenda gives each key once, at its last time, in order", () => {
  const step = fc.oneof(
    fc.record({ set: fc.nat({ max: 9 }), at: fc.nat({ max: 100 }) }),
    fc.record({ remove: fc.nat({ max: 9 }) }),
    fc.record({ now: fc.nat({ max: 100 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const agenda = new Agenda<number>();
      const model = new Map<number, number>();
      for (const one of steps) {
        if ("set" in one) {
          agenda.set(one.set, one.at);
          model.set(one.set, one.at);
        } else if ("remove" in one) {
          agenda.remove(one.remove);
          model.delete(one.remove);
        } else {
          const due = agenda.due(one.now);
          const expected = [...model].filter(([, at]) => at <= one.now);
          assert.deepEqual(due.map(({ key, at }) => [key, at]).sort(), expected.sort());
          assert.deepEqual(
            due.map(({ at }) => at),
            expected.map(([, at]) => at).sort((a, b) => a - b),
          );
          for (const [key] of expected) model.delete(key);
        }
        assert.equal(agenda.size, model.size);
        assert.equal(agenda.next(), model.size > 0 ? Math.min(...model.values()) : undefined);
      }
    }),
  );
});
