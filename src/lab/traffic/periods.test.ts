import assert from "node:assert/strict";
import { test } from "node:test";
import { periodsOf } from "./periods.js";
import { percentile, Series } from "./series.js";
import type { TrafficOutcome } from "./traffic.js";

/** Requests each 20 ms from `from` to `to`, answered by a and b in turn, or by nobody for `error`. */
function requests(from: number, to: number, error: (n: number) => boolean = () => false): TrafficOutcome[] {
  return Array.from({ length: (to - from) / 20 }, (_, n) => {
    const at = from + n * 20;
    const what = { second: Math.floor(at / 1000), at };
    return error(n)
      ? { ...what, milliseconds: 1000, error: "no connection within 1 s" }
      : { ...what, milliseconds: 2, server: n % 2 ? "b" : "a" };
  });
}

test("a fault, its end, and what lies between are told apart", () => {
  const odd = (n: number) => n % 2 === 1;
  const outcomes = [
    ...requests(0, 2000),
    ...requests(2000, 5000, odd),
    ...requests(5000, 5400, odd),
    ...requests(5400, 8000),
  ];
  const marks = [
    { at: 2000, faults: ["web2: cut"] },
    { at: 5000, faults: [] },
  ];
  const periods = periodsOf(outcomes, marks, { start: 0, end: 8000 });
  assert.deepEqual(
    periods.map(({ from, to, faults, requests: count, lost }) => ({ from, to, faults, count, lost })),
    [
      { from: 0, to: 2000, faults: [], count: 100, lost: 0 },
      { from: 2000, to: 5000, faults: ["web2: cut"], count: 150, lost: 75 },
      { from: 5000, to: 8000, faults: [], count: 150, lost: 10 },
    ],
  );
  assert.deepEqual(
    periods.map(({ goodAfter, sharesAfter }) => [goodAfter, sharesAfter]),
    [
      [0, 0],
      [null, null],
      [400, 400],
    ],
  );
});

test("good again is not yet shared as before", () => {
  const alone = requests(2000, 4000).map((each) => ({ ...each, server: "a" }));
  const outcomes = [
    ...requests(0, 1000),
    ...requests(1000, 2000, () => true),
    ...alone,
    ...requests(4000, 6000),
  ];
  const marks = [
    { at: 1000, faults: ["web2: fail"] },
    { at: 2000, faults: [] },
  ];
  const after = periodsOf(outcomes, marks, { start: 0, end: 6000 })[2]!;
  assert.equal(after.goodAfter, 0);
  // Of 50 requests five may be with the other one.
  assert.ok(after.sharesAfter !== null && after.sharesAfter >= 1800 && after.sharesAfter <= 2000);
});

test("what was under way when something broke was lost to that", () => {
  const outcomes = [{ second: 0, at: 990, milliseconds: 1000, error: "no answer" }, ...requests(0, 980)];
  const marks = [{ at: 1000, faults: ["web1: cut"] }];
  const [calm, broken] = periodsOf(outcomes, marks, { start: 0, end: 2000 });
  assert.deepEqual([calm!.lost, broken!.lost], [0, 1]);
});

test("without a calm second before, nobody knows the shares", () => {
  const marks = [
    { at: -100, faults: ["web1: cut"] },
    { at: 1000, faults: [] },
  ];
  const periods = periodsOf(requests(0, 3000), marks, { start: 0, end: 3000 });
  assert.deepEqual(
    periods.map(({ faults, sharesAfter }) => [faults, sharesAfter]),
    [
      [["web1: cut"], null],
      [[], null],
    ],
  );
});

test("a second is complete when all of its requests have ended, and told in order", () => {
  const series = new Series();
  series.begin(1000);
  const outcome = (second: number, more: object = { server: "a" }) =>
    series.add({ second, at: 1000 + second * 1000, milliseconds: 5, ...more });
  outcome(1);
  series.close(0, 2);
  series.close(1, 1);
  outcome(0);
  assert.equal(series.complete, 0);
  outcome(0, { error: "connection refused" });
  assert.equal(series.complete, 2);
  assert.deepEqual(series.second(0), {
    second: 0,
    requests: 2,
    answered: 1,
    lost: 1,
    servers: { a: 1 },
    errors: { "connection refused": 1 },
    p50: 5,
    p99: 5,
  });
  series.mark(900, []);
  series.mark(2500, ["web1: cut"]);
  series.mark(2600, ["web1: cut"]);
  series.mark(2700, []);
  assert.equal(series.marks.length, 3);
  assert.deepEqual(
    [0, 1, 2].map((second) => series.faultsIn(second)),
    [[], ["web1: cut"], []],
  );
});

test("percentiles are by the nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
  assert.deepEqual([percentile(hundred, 50), percentile(hundred, 99), percentile([7], 99)], [50, 99, 7]);
});
