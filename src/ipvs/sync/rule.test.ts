import assert from "node:assert/strict";
import { test } from "node:test";
import { isDue } from "./rule.js";

const rule = { threshold: 3, period: 50, refreshPeriod: 0, onlyTemplates: false };
const sight = {
  template: false,
  protocol: 6,
  state: 1,
  packets: 0,
  packetsBefore: 0,
  toldState: 0,
  timeout: 900,
  putOff: Number.POSITIVE_INFINITY,
};
const due = (change: Partial<typeof sight>, other: Partial<typeof rule> = {}) =>
  isDue({ ...sight, ...change }, { ...rule, ...other });

test("an established connection is told of at the threshold, and once in each period", () => {
  assert.equal(due({ packets: 2 }), false);
  assert.equal(due({ packets: 3 }), true);
  assert.equal(due({ packets: 40, packetsBefore: 2 }), true);
  assert.equal(due({ packets: 52, packetsBefore: 3 }), false);
  assert.equal(due({ packets: 53, packetsBefore: 52 }), true);
  assert.equal(due({ protocol: 17, state: 0, packets: 3 }), true);
});

test("without a period it is told of once; without packets never", () => {
  assert.equal(due({ packets: 3 }, { period: 0 }), true);
  assert.equal(due({ packets: 9000, packetsBefore: 3 }, { period: 0 }), false);
  assert.equal(due({ packets: 60, packetsBefore: 60, state: 4, toldState: 1 }), false);
});

test("a state that ends a connection is told of at once, and a state on its way to one never", () => {
  assert.equal(due({ state: 4, packets: 1 }), true);
  assert.equal(due({ state: 4, toldState: 4, packets: 2, packetsBefore: 1 }), false);
  assert.equal(due({ state: 3, packets: 60 }), false);
  assert.equal(due({ protocol: 132, state: 13, packets: 1 }), true);
});

test("with a refresh period a connection is told of when its end was put off by it", () => {
  const refreshing = { refreshPeriod: 5 };
  assert.equal(due({ packets: 103, packetsBefore: 102, putOff: 2 }, refreshing), false);
  assert.equal(due({ packets: 103, packetsBefore: 102, putOff: 6 }, refreshing), true);
  assert.equal(due({ packets: 9, packetsBefore: 8, putOff: 6 }, { ...refreshing, period: 0 }), true);
});

test("a template is told of when it is new, and when half its time was put off", () => {
  const template = { template: true, protocol: 6, timeout: 300 };
  assert.equal(due(template), true);
  assert.equal(due({ ...template, putOff: 2 }), false);
  assert.equal(due({ ...template, putOff: 11 }), true);
});
