import assert from "node:assert/strict";
import { test } from "node:test";
import { Timetable } from "./timetable.js";

test("a thousand checks are spread over the interval, and stay there", () => {
  const table = new Timetable<number>(2000);
  for (let i = 0; i < 1000; i++) table.add(i, 0);
  const times = new Map<number, number[]>();
  // Somebody who is late by up to 40 ms again and again.
  let now = 0;
  for (let turn = 0; now < 20_000; turn++, now += 1 + ((turn * 17) % 40))
    for (const item of table.due(now)) times.set(item, [...(times.get(item) ?? []), now]);
  const inTenths = new Array<number>(10).fill(0);
  for (const [first, ...more] of times.values()) {
    inTenths[Math.min(9, Math.floor(first! / 200))]!++;
    assert.ok(more.length >= 8 && more.length <= 9);
    for (const [i, time] of more.entries()) {
      const due = first! + 2000 * (i + 1);
      assert.ok(Math.abs(time - due) <= 41, `${time} for ${due}`);
    }
  }
  for (const count of inTenths) assert.ok(count >= 80 && count <= 120, inTenths.join(" "));
});

test("what was missed is left out, what was removed doesn't come, and the next time is known", () => {
  const table = new Timetable<string>(100);
  table.add("a", 0);
  assert.equal(table.next(), 0);
  assert.deepEqual(table.due(0), ["a"]);
  table.add("b", 0);
  table.add("b", 0);
  assert.equal(table.size, 2);
  assert.equal(table.next(), 0.618_033_988_749_895 * 100);
  assert.deepEqual(table.due(1050), ["b", "a"]);
  assert.deepEqual(table.due(1060), []);
  assert.deepEqual(table.due(1062), ["b"]);
  table.remove("b");
  table.remove("c");
  assert.deepEqual(table.items(), ["a"]);
  assert.equal(table.next(), 1100);
  assert.deepEqual(table.due(5000), ["a"]);
  table.remove("a");
  assert.equal(table.next(), undefined);
});
