import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { explainMissing } from "../../src/bpf/index.js";
import { blocksOf } from "../tutorial/blocks.js";
import { notShown } from "../tutorial/shown.js";
import { Typist } from "../tutorial/typist.js";
import { leftAfter } from "./leftovers.js";
import { lacksPrograms } from "./running.js";

// docs/tutorial.md, typed: what it shows is what one sees.

const blocks = blocksOf(readFileSync(new URL("../../../docs/tutorial.md", import.meta.url), "utf8"));
const lacking = lacksPrograms(["ifconfig", "sysctl", "curl"]);
const skip = explainMissing("maps", "xdp", "tc", "timers", "loops") || lacking;

describe("the tutorial, typed", { skip, concurrency: 2 }, () => {
  for (const steps of [[1, 2], [4, 5], [6]])
    test(`steps ${steps.join(" and ")}`, async () => {
      const lab = `tutorial-${process.pid}-${steps[0]}`;
      const typist = new Typist(lab);
      const wanted = blocks.filter(({ step }) => steps.includes(step));
      try {
        for (let i = 0; i < wanted.length; i++) {
          const block = wanted[i]!;
          const next = block.meanwhile ? wanted[++i] : undefined;
          for (const { typed, status, wantedStatus, output } of await typist.type(block, next)) {
            const where = `after line ${block.line}: ${typed.text}`;
            assert.equal(status, wantedStatus, `${where}\n${output}`);
            const left = notShown(typed.shows, output);
            assert.equal(left, undefined, `${where}\ndoes not show ${left}\nbut\n${output}`);
          }
        }
      } finally {
        await typist.close();
      }
      assert.deepEqual(await leftAfter(lab, 20_000), []);
    });
});
