import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runCommand } from "../../test/support/command.js";
import { markRule } from "../../test/support/mark-arbitraries.js";
import { markRuleText } from "../ipvs/marks.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import { run } from "./mark.js";

/** A plane, and what runs commands on it that must end well. */
function place() {
  const plane = new MemoryPlane();
  const mark = (words: string, input = "") => runCommand(run, plane, words, { input });
  const done = async (words: string, input = "") => {
    const ran = await mark(words, input);
    assert.deepEqual([ran.status, ran.stderr], [0, ""], words);
    return ran.stdout;
  };
  return { plane, mark, done, texts: () => plane.markRules().map(markRuleText) };
}

test("rules are added, listed, deleted by number and by words", async () => {
  const { mark, done, texts } = place();
  await done("add 7 --protocol tcp --to 192.168.4.15 --port 80,443");
  await done("add 8 -p udp --from 10.0.0.0/8");
  await done("add --at 1 0 -p tcp --to 192.168.4.15 --from 10.9.9.9");
  assert.equal(
    await done("list"),
    "NO  MARK  PROTOCOL  TO            FROM        PORT\n" +
      "1   0     tcp       192.168.4.15  10.9.9.9    any\n" +
      "2   7     tcp       192.168.4.15  any         80\n" +
      "3   7     tcp       192.168.4.15  any         443\n" +
      "4   8     udp       any           10.0.0.0/8  any\n",
  );
  assert.deepEqual(JSON.parse(await done("list --json")).rules[2], {
    mark: 7,
    protocol: "tcp",
    to: "192.168.4.15/32",
    ports: { from: 443, to: 443 },
  });
  await done("del 7 --protocol tcp --to 192.168.4.15 --port 443");
  await done("del 1 3");
  assert.deepEqual(texts(), ["7 --protocol tcp --to 192.168.4.15 --port 80"]);
  for (const [words, status, message] of [
    ["del 2", 1, /there is no rule 2: they go to 1/],
    ["del 7 -p tcp", 1, /no rule 7 --protocol tcp\nSee/],
    ["del", 2, /which rule\?/],
    ["add 7 -p tcp -d 192.168.4.15 --port 80", 1, /already, as number 1/],
    ["add --at 3 9", 2, /--at 3: there are 1 rules/],
    ["add --at x 9", 2, /--at takes a rule's number, not x/],
    ["ad 9", 2, /Did you mean add\?/],
    ["", 2, /usage: rondo mark/],
    ["list -x", 2, /-x: nothing more/],
  ] as const) {
    const ran = await mark(words);
    assert.equal(ran.status, status, words);
    assert.match(ran.stderr, message);
  }
  await done("flush");
  assert.deepEqual(texts(), []);
  assert.match(await done("--help"), /^usage: rondo mark/);
});

test("a rule that nothing reaches is warned of", async () => {
  const { mark, done } = place();
  await done("add 7 -p tcp");
  const ran = await mark("add 8 -p tcp --port 80");
  assert.deepEqual([ran.status, ran.stderr], [0, "rule 2 is never reached: rule 1 takes all its packets\n"]);
});

test("what is saved is restored, and a mistake in it changes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(markRule, { maxLength: 8 }), async (rules) => {
      const { plane, done } = place();
      plane.setMarkRules(rules);
      const saved = await done("save");
      plane.setMarkRules([]);
      await runCommand(run, plane, "restore", { input: `# saved\n\n${saved}` });
      assert.deepEqual(plane.markRules(), rules);
    }),
  );
  const { mark, done, texts } = place();
  await done("restore", "add 1 -p tcp\n2 -p udp\n");
  assert.deepEqual(texts(), ["1 --protocol tcp", "2 --protocol udp"]);
  const ran = await mark("restore", "rondo mark add 3\nrondo mark add 4 --port 80\n");
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /stdin, line 2: --port needs a protocol.*\nNothing was changed. Add --protocol/);
  assert.equal(texts().length, 2);
  assert.match((await mark("restore /does/not/exist")).stderr, /can't be read/);
});
