import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTunable, defaultTunables, tunableIndex, tunableNames, tunables } from "./tunables.js";

const standard = new Map(tunables.map((tunable) => [tunable.name, tunable.default]));
const refused = (name: string, value: number, all = standard): string => {
  try {
    checkTunable(name, value, all);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "done";
};

test("indexes never change, and all fit into the shared settings", () => {
  assert.equal(tunableIndex("am_droprate"), 0);
  assert.equal(tunableIndex("conn_reuse_mode"), 4);
  assert.equal(tunableIndex("secure_tcp"), 15);
  assert.equal(tunableIndex("insert_limit"), 30);
  assert.ok(tunableNames.length <= 64);
  assert.equal(new Set(tunableNames).size, tunableNames.length);
  assert.equal(defaultTunables()[tunableIndex("amemthresh")], 1024);
});

test("what each tunable takes", () => {
  for (const { name, default: value, least, most } of tunables) {
    assert.equal(refused(name, value), "done", name);
    assert.equal(refused(name, least - 1), "tunable-value", name);
    assert.equal(refused(name, most + 1), "tunable-value", name);
    assert.equal(refused(name, least + 0.5), "tunable-value", name);
  }
  assert.equal(refused("sync_ports", 3), "tunable-value");
  assert.equal(refused("sync_ports", 64), "done");
  assert.equal(refused("drop_entry", 4), "tunable-value");
  assert.equal(refused("no_such", 1), "no-tunable");
});

test("sync_threshold is less than sync_period, unless that is 0", () => {
  assert.equal(refused("sync_threshold", 50), "tunable-value");
  assert.equal(refused("sync_threshold", 49), "done");
  assert.equal(refused("sync_period", 3), "tunable-value");
  assert.equal(refused("sync_period", 0), "done");
  assert.equal(refused("sync_threshold", 99, new Map([["sync_period", 0]])), "done");
});
