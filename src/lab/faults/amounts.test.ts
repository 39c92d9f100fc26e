import assert from "node:assert/strict";
import { test } from "node:test";
import { RondoError } from "../../errors.js";
import { readDelay, readPercent, readTime } from "./amounts.js";

const remedyOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof RondoError);
    return error.remedy;
  }
  return assert.fail("it was taken");
};

test("times", () => {
  assert.deepEqual(
    ["50ms", "1.5s", "2m", "1h", "0.25ms", "50", "ms", "1 s", "-1s", "1e3s", ""].map(readTime),
    [50, 1500, 120_000, 3_600_000, 0.25, undefined, undefined, undefined, undefined, undefined, undefined],
  );
});

test("shares", () => {
  assert.deepEqual(["5%", "0.5%", "100%", "0%"].map(readPercent), [5, 0.5, 100, 0]);
  assert.equal(
    remedyOf(() => readPercent("5")),
    "Did you mean 5%?",
  );
  for (const text of ["101%", "-5%", "five%", "%", "5%%", "", "1e1%"])
    assert.match(remedyOf(() => readPercent(text))!, /As in/, text);
});

test("delays", () => {
  assert.deepEqual(readDelay("50ms"), { milliseconds: 50, jitter: 0 });
  assert.deepEqual(readDelay("0.05s+-10ms"), { milliseconds: 50, jitter: 10 });
  assert.deepEqual(readDelay("50ms±50ms"), { milliseconds: 50, jitter: 50 });
  assert.equal(
    remedyOf(() => readDelay("50")),
    "Did you mean 50ms?",
  );
  assert.match(remedyOf(() => readDelay("11s"))!, /10s at most/);
  assert.match(remedyOf(() => readDelay("10ms+-20ms"))!, /before it was sent/);
  for (const text of ["", "+-5ms", "50ms+-", "50ms+-1ms+-1ms", "50ms-10ms"])
    assert.match(remedyOf(() => readDelay(text))!, /As in/, text);
});
