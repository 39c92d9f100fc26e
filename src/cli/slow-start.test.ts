import assert from "node:assert/strict";
import { test } from "node:test";
import { type Happenings, runCommand } from "../../test/support/command.js";
import { one, web, webPlane } from "../../test/support/web-plane.js";
import { run } from "./slow-start.js";

function place(scheduler = "wlc", weights: readonly [number, number] = [20, 20]) {
  const plane = webPlane({ scheduler, weights });
  const notes = new Map<string, number>();
  const start = (words: string, happenings: Happenings = {}) =>
    runCommand(run, plane, words, { weights: notes, ...happenings });
  const weight = () => plane.service(web)!.servers[1]!.weight;
  const setWeight = (to: number) => plane.editServer(web, { ...plane.service(web)!.servers[1]!, weight: to });
  return { plane, notes, start, weight, setWeight };
}

test("the weight grows from a tenth to all of it", async () => {
  const { start, weight, notes } = place();
  const seen: number[] = [];
  const at = Object.fromEntries(
    [100, 5100, 10_100, 15_100, 19_900].map((time) => [time, () => seen.push(weight())]),
  );
  const ran = await start("192.168.4.100:80 --over 20s", { at });
  assert.deepEqual(seen, [2, 5, 10, 15, 20]);
  assert.deepEqual([ran.status, ran.stderr, weight(), notes.size], [0, "", 20, 0]);
  const lines = ran.stdout.trimEnd().split("\n");
  assert.equal(lines[0], "192.168.4.100:80 of tcp 192.168.4.15:80: weight 2 of 20, 20s left");
  assert.equal(lines.at(-1), "192.168.4.100:80 of tcp 192.168.4.15:80: weight 20");
});

test("a server of weight 0 gets the weight that is given", async () => {
  const { start, weight } = place("wrr", [0, 20]);
  assert.match((await start("192.168.4.100:80 --over 2s")).stderr, /has weight 0\nSay by --weight N/);
  const ran = await start("192.168.4.100:80 --over 2s --weight 100 --json");
  assert.equal(weight(), 100);
  const events = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ event, weight }) => [event, weight]),
    [
      ["weight", 10],
      ["weight", 25],
      ["weight", 50],
      ["weight", 75],
      ["finished", 100],
    ],
  );
});

test("an interrupt gives all of the weight at once; --finish does what a killed one has left", async () => {
  const { start, weight, notes, setWeight } = place();
  const ran = await start("192.168.4.100:80 --over 1m", { signals: [3000] });
  assert.deepEqual([ran.status, weight(), notes.size], [130, 20, 0]);
  setWeight(4);
  notes.set("tcp 192.168.4.15:80 192.168.4.100:80", 20);
  await start("192.168.4.100 --finish");
  assert.deepEqual([weight(), notes.size], [20, 0]);
  assert.match((await start("192.168.4.100 --finish")).stderr, /no slow start has left/);
});

test("somebody else's change ends it", async () => {
  const { start, weight, plane, setWeight } = place();
  const ran = await start("192.168.4.100:80 --over 20s", { at: { 3200: () => setWeight(7) } });
  assert.equal(weight(), 7);
  assert.match(ran.stdout, /somebody else changed its weight, so it stays\n$/);
  const gone = await start("192.168.4.100:80 --over 20s", {
    at: { 3200: () => plane.deleteServer(web, one) },
  });
  assert.match(gone.stdout, /somebody else deleted it\n$/);
});

test("what can't start slowly is refused", async () => {
  for (const [scheduler, weights, words, status, message] of [
    ["rr", [5, 5], "192.168.4.100 --over 2s", 1, /scheduler rr doesn't share by weights\nUse wrr/],
    ["fo", [5, 5], "192.168.4.100 --over 2s", 1, /doesn't share/],
    ["wlc", [1, 1], "192.168.4.100 --over 2s", 1, /a weight of 1 has no smaller steps\nMultiply/],
    ["wlc", [5, 5], "192.168.4.100", 2, /--over TIME, or --finish/],
    ["wlc", [5, 5], "192.168.4.100 --over 2s --finish", 2, /--over TIME, or --finish/],
    ["wlc", [5, 5], "192.168.4.100 --over 2s --weight 0", 2, /--weight 0: it takes/],
    ["wlc", [5, 5], "--over 2s", 2, /which real server/],
  ] as const) {
    const { start, weight } = place(scheduler, weights);
    const ran = await start(words);
    assert.equal(ran.status, status, words);
    assert.match(ran.stderr, message, words);
    assert.equal(weight(), weights[0]);
  }
});
