import assert from "node:assert/strict";
import { test } from "node:test";
import { isRoot } from "../../src/sys/index.js";
import { directorPlace, hooks } from "../lab/director-place.js";
import { lacksGuest, runGuest } from "./guest.js";
import { ourTest, testPath } from "./ours.js";

// The packet program on another kernel than this one: Debian 12's 6.1. The verifier is the kernel's, and so is what helpers do: the
// cases of test/lab/director-packets.test.ts run there as they do here. Emulated, all takes thirty times as long, so that some of them have
// to do, at one hook; RONDO_THOROUGH=1 has every case run there, at both.

const thorough = process.env["RONDO_THOROUGH"] === "1";

test("the packet program is accepted by Debian's kernel, and does there what it does here", {
  skip: lacksGuest(),
}, async (t) => {
  // Written here once, the program needn't be written there.
  if (isRoot()) for (const hook of thorough ? hooks : (["xdp"] as const)) directorPlace(t)!.program(hook);
  const [chosen, step, least] = thorough ? ["", 1, 96] : ["--test-name-pattern='^xdp: packets'", 4, 12];
  const { output, status } = await runGuest({
    files: ourTest("lab/director-packets.test.js"),
    programs: ["node"],
    script: `uname -r; RONDO_PACKET_CASES_STEP=${step} node ${chosen} --test-reporter=tap ${testPath}`,
    memory: 1500,
    seconds: thorough ? 900 : 280,
  });
  assert.equal(status, 0, output);
  assert.match(output, /^6\.1\./);
  assert.match(output, /^# fail 0$/m);
  const passed = Number(/^# pass (\d+)$/m.exec(output)?.[1]);
  assert.ok(passed >= least, `only ${passed} cases were run: ${output}`);
});
