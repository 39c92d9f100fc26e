import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyTable } from "./key-table.js";

const size = 64 * 12;
const made = () => new KeyTable(new ArrayBuffer(KeyTable.bytes(size)), size);
/** Short ones, and such as are kept as a digest. */
const keyOf = (number: number) => `${"long ".repeat(number % 2 === 0 ? 0 : 6)}${number}`;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

type Step = readonly [what: "add" | "touch" | "remove", key: number];
const steps = fc.array(
  fc.tuple(fc.constantFrom("add" as const, "add" as const, "touch" as const, "remove" as const), fc.nat(20)),
  { maxLength: 120 },
);

/** Does a step on the table and on a model of it: keys from the oldest to the newest. */
function step(table: KeyTable, model: string[], [what, number]: Step): void {
  const key = keyOf(number);
  const found = table.find(table.key(key));
  assert.equal(found !== 0, model.includes(key));
  if (what === "add") {
    if (found !== 0) return;
    const added = table.add(table.key(key));
    assert.equal(added !== 0, model.length < table.most);
    if (added === 0) return;
  } else if (found === 0) return;
  else if (what === "touch") table.touch(found);
  else table.remove(found);
  const rest = model.filter((each) => each !== key);
  model.splice(0, model.length, ...rest, ...(what === "remove" ? [] : [key]));
}

test("a table finds what was added and not removed, and knows the oldest", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const table = made();
      const model: string[] = [];
      for (const each of all) {
        step(table, model, each);
        const [oldest] = model;
        assert.equal(table.oldest, oldest === undefined ? 0 : table.find(table.key(oldest)));
      }
    }),
  );
});

/** Words that follow from what the nodes hold: free, newest and oldest, the chains, and what each node is followed by. */
const linkWords = [
  2,
  4,
  5,
  ...range(16, 32),
  ...range(0, 12).flatMap((node) => range(32 + 16 * node, 35 + 16 * node)),
];

test("whatever a process that died has left of chains and order, all keys are there again and no room is lost", () => {
  const dead = 99_999_999; // no process can have this number
  fc.assert(
    fc.property(steps, fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 55 }), (all, links) => {
      const table = made();
      const model: string[] = [];
      for (const each of all) step(table, model, each);
      for (const [at, link] of links.entries()) table.words[linkWords[at]!] = link;
      table.words[0] = dead;
      assert.equal(table.takeOver(dead - 1), false);
      assert.equal(table.takeOver(dead), true);
      for (const key of model) assert.notEqual(table.find(table.key(key)), 0);
      let added = 0;
      while (table.add(table.key(`more ${added}`)) !== 0) added++;
      assert.equal(model.length + added, table.most);
    }),
  );
});

test("a lock whose holder isn't there is taken by who waits for it", () => {
  const table = made();
  table.words[0] = 99_999_999;
  assert.equal(
    table.tryHold(() => assert.fail("it is held")),
    false,
  );
  assert.equal(
    table.hold(() => "held"),
    "held",
  );
});
