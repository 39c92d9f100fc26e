import assert from "node:assert/strict";
import { test } from "node:test";
import { processIo } from "./process-io.js";

test("a sleep of more days than Node's timers know is no short one", async () => {
  const end = new AbortController();
  const slept = processIo.sleep(999 * 3_600_000, end.signal).then(() => "slept");
  const waited = new Promise((resolve) => setTimeout(() => resolve("waits"), 30));
  assert.equal(await Promise.race([slept, waited]), "waits");
  end.abort();
  await slept;
});
