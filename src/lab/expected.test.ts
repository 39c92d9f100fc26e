import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedAnswers } from "./expected.js";
import { judge } from "./result.js";
import { readRules } from "./rules.js";

function counts(scheduler: string, weights: readonly number[], requests: number) {
  const rules = weights.map((weight, i) => `-a -t 10.0.0.1:80 -r 10.0.0.${10 + i} -w ${weight}`);
  const [rule] = readRules([`-A -t 10.0.0.1:80 -s ${scheduler}`, ...rules]);
  const { counts, exact } = expectedAnswers(rule!, requests);
  return { counts: weights.map((_, i) => counts.get(`10.0.0.${10 + i}`)), exact };
}

test("rr shares evenly, begins with the server added last, and leaves out weight 0", () => {
  assert.deepEqual(counts("rr", [1, 1], 20), { counts: [10, 10], exact: true });
  assert.deepEqual(counts("rr", [1, 1], 21), { counts: [10, 11], exact: true });
  assert.deepEqual(counts("rr", [5, 1, 0], 4), { counts: [2, 2, 0], exact: true });
});

test("wrr shares by weight, the heavy ones first", () => {
  assert.deepEqual(counts("wrr", [3, 1], 8), { counts: [6, 2], exact: true });
  assert.deepEqual(counts("wrr", [3, 1], 2), { counts: [2, 0], exact: true });
  assert.deepEqual(counts("wrr", [4, 2, 2], 4), { counts: [2, 1, 1], exact: true });
  assert.deepEqual(counts("wrr", [1, 1], 3), { counts: [1, 2], exact: true });
});

test("what is changed later counts as it is in the end", () => {
  const made = [
    "-A -t 10.0.0.1:80 -s wlc",
    "-a -t 10.0.0.1:80 -r 10.0.0.10 -w 2",
    "-a -t 10.0.0.1:80 -r 10.0.0.11 -w 2",
  ];
  const changed = [
    "-E -t 10.0.0.1:80 -s wrr",
    "-e -t 10.0.0.1:80 -r 10.0.0.10 -w 3",
    "-e -t 10.0.0.1:80 -r 10.0.0.11 -w 1",
  ];
  const [rule] = readRules([...made, ...changed]);
  const { counts, exact } = expectedAnswers(rule!, 8);
  assert.deepEqual(
    [...counts],
    [
      ["10.0.0.11", 2],
      ["10.0.0.10", 6],
    ],
  );
  assert.ok(exact);
  assert.throws(() => readRules(["-E -t 10.0.0.1:80 -s wrr"]), /no rule before it makes this service/);
  assert.throws(
    () => readRules([...made, "-e -t 10.0.0.1:80 -r 10.0.0.12 -w 1"]),
    /no rule before it adds this server/,
  );
});

test("what looks at connections is only compared with its share", () => {
  assert.deepEqual(counts("wlc", [3, 1], 8), { counts: [6, 2], exact: false });
  assert.deepEqual(counts("lc", [3, 1], 10), { counts: [5, 5], exact: false });
  assert.deepEqual(counts("rr", [0, 0], 3), { counts: [0, 0], exact: true });
});

const answer = (number: number, server: string, status = 200) => ({
  number,
  milliseconds: 1,
  status,
  server,
  body: "",
  bytes: 0,
});
const expectation = {
  counts: new Map([
    ["10.0.0.10", 1],
    ["10.0.0.11", 1],
  ]),
  exact: true,
};
const hostOf = (address: string) => (address === "10.0.0.10" ? "web1" : "web2");

test("a run is right when all is answered in the expected shares", () => {
  const result = judge([answer(1, "web2"), answer(2, "web1")], expectation, hostOf);
  assert.deepEqual(result, {
    requests: 2,
    answered: 2,
    answers: { web1: 1, web2: 1 },
    expected: { web1: 1, web2: 1 },
    exact: true,
    ok: true,
    faults: [],
  });
});

test("a run says what is wrong", () => {
  const lost = { number: 2, milliseconds: 5000, error: "no connection within 5 s" };
  assert.deepEqual(judge([answer(1, "web2"), lost], expectation, hostOf).faults, [
    "request 2: no connection within 5 s",
    "web1 answered 0 times where 1 were expected",
  ]);
  assert.deepEqual(judge([answer(1, "web1"), answer(2, "web1")], expectation, hostOf).faults, [
    "web1 answered 2 times where 1 were expected",
    "web2 answered 0 times where 1 were expected",
  ]);
  assert.deepEqual(
    judge([answer(1, "other"), answer(2, "web1", 404)], { ...expectation, exact: false }, hostOf).faults,
    ["request 2: status 404", "other answered 1 times and is no real server of the service"],
  );
});
