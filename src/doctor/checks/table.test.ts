import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf } from "../../../test/support/doctor-hosts.js";
import { table } from "./table.js";

const director = (connections: number, growing: boolean, events: Record<string, number> = {}) =>
  changed(cluster("droute"), "director", (host) => ({
    director: { ...host.director!, table: { entries: 65536, connections, growing }, events },
  }));

test("a table that is nearly full, one that is being replaced", () => {
  assert.deepEqual(codesOf(table, director(40_000, false)), []);
  assert.deepEqual(mendsOf(table, director(50_000, false)), ["director: rondo director resize 131072"]);
  assert.deepEqual(mendsOf(table, director(0, true)), ["director: rondo director resize"]);
});

test("events that mean trouble, and those of every day", () => {
  assert.deepEqual(codesOf(table, director(0, false, { no_route: 2, lost_race: 5, time_to_live: 1 })), [
    "director packets-dropped",
  ]);
});
