import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { rondoPath } from "../../../src/package-root.js";
import { cases } from "./cases.js";
import { Origin } from "./origin.js";
import { type Outcome, runProgram } from "./run-program.js";

/** Where ours differs from HAProxy 2.6, by case and number; docs/manual/haproxy.md tells of each. */
const answersThatDiffer = new Set([
  "refused 21", // a NUL in a field's value is refused
  "tcpreject 0", // closed by FIN or RST, as bytes come before or after
]);
const linesThatDiffer = new Set([
  "refused 9", // HTTP/9.1 is told as what it is treated as
  "refused 21",
]);

const isThere = spawnSync("haproxy", ["-v"]).status === 0;
const skip = isThere ? false : "needs Debian's haproxy";
if (!isThere && process.env["CI"] === "true") throw new Error("haproxy is missing");

describe("the same file under Debian's haproxy and ours", { skip }, () => {
  let real: Map<string, Outcome>;
  let ours: Map<string, Outcome>;

  before(async () => {
    const origins = [new Origin("a"), new Origin("b")] as const;
    const [a, b] = await Promise.all([origins[0].start(), origins[1].start()]);
    const none = new Origin("none");
    const closed = await none.start();
    none.stop();
    try {
      real = await runProgram(["haproxy"], cases, { a, b, none: closed });
      ours = await runProgram([process.execPath, rondoPath, "haproxy"], cases, { a, b, none: closed });
    } finally {
      for (const origin of origins) origin.stop();
    }
  });

  for (const { name, talks } of cases) {
    test(`${name}: what clients and servers see`, () => {
      for (const [index, each] of talks.entries())
        if (!answersThatDiffer.has(`${name} ${index}`))
          assert.equal(
            ours.get(name)?.answers[index],
            real.get(name)?.answers[index],
            JSON.stringify(each.send).slice(0, 200),
          );
    });
    test(`${name}: what is logged`, () => {
      const lines = (outcomes: Map<string, Outcome>) => {
        const all = outcomes.get(name)?.log.filter((_, index) => !linesThatDiffer.has(`${name} ${index}`));
        // A tunnel's line is written when both sides have ended, which may be after the next one was refused.
        return name.startsWith("tcp") ? all?.sort() : all;
      };
      assert.deepEqual(lines(ours), lines(real));
    });
  }
});
