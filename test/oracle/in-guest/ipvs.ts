// Runs in a guest, as one file: the kernel's IPVS under our plane, beside Debian's ipvsadm (test/oracle/ipvs.test.ts starts it).
import assert from "node:assert/strict";
import { test } from "node:test";
import { planeCases } from "../../support/plane-conformance.js";
import { chosenTranscripts, comparedWithRecordings } from "./recordings.js";
import { compareCommands } from "./side-by-side.js";
import { compareTraffic } from "./traffic.js";
import { place } from "./vs-place.js";

test("the kernel's plane does what every data plane does", async (t) => {
  for (const { about, run } of planeCases)
    await t.test(about, () => {
      using here = place();
      here.inside(() => run(here.plane));
    });
});

test("what only our own plane can do is refused in words", () => {
  using here = place();
  assert.throws(
    () => here.plane.setMarkRules([{ mark: 7, protocol: "tcp" }]),
    /the kernel's IPVS can't give packets their marks; rondo's own data plane can/,
  );
  assert.equal(here.plane.flushConnections({}), 0, "there are none");
});

test("our ipvsadm on the kernel's plane prints what the real one was recorded to print", async (t) => {
  for (const file of chosenTranscripts()) await t.test(file, () => comparedWithRecordings(file));
});

test("ours and the real one do the same on one kernel, and each lists what the other set", compareCommands);
test("connections and counters are listed as the real one lists them", compareTraffic);
