import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readHeldWeights } from "./held-weights.js";

test("what a watch and a drain have noted", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-held-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const held = () => Object.fromEntries(readHeldWeights(folder, 26n));
  assert.deepEqual(held(), {});
  mkdirSync(join(folder, "watch-1a"));
  const watch = { version: 1, at: 0, places: { "tcp a b": { configured: 3, ours: [0] } }, agents: {} };
  writeFileSync(join(folder, "watch-1a", "weights.json"), JSON.stringify(watch));
  writeFileSync(join(folder, "weights-26.json"), '{"tcp a c": 5}');
  assert.deepEqual(held(), { "tcp a b": "watch", "tcp a c": "drain" });
  writeFileSync(join(folder, "weights-26.json"), "null");
  writeFileSync(join(folder, "watch-1a", "weights.json"), '{"pla');
  assert.deepEqual(held(), {});
});
