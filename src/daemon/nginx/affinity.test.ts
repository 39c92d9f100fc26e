import assert from "node:assert/strict";
import { test } from "node:test";
import { cpusOf, unequalMasks } from "./affinity.js";

test("each worker has its mask, or the last one; with auto one CPU in turn", () => {
  const all = (words: readonly string[] | undefined) => [0, 1, 2].map((worker) => cpusOf(words, worker, 2));
  assert.deepEqual(all(undefined), [undefined, undefined, undefined]);
  assert.deepEqual(all(["0001", "0000 0110"]), [[0], [1, 2], [1, 2]]);
  assert.deepEqual(all(["auto"]), [[0], [1], [0]]);
  assert.deepEqual(all(["auto", "1010"]), [[1], [3], [1]]);
  assert.deepEqual(all(["auto", "0"]), [undefined, undefined, undefined]);
});

test("masks for another number of workers are told", () => {
  assert.match(unequalMasks(["01", "10"], 3) ?? "", /using last mask for remaining worker processes$/);
  for (const words of [undefined, ["auto", "11"], ["01"], ["01", "10", "11"]])
    assert.equal(unequalMasks(words, 3), undefined);
});
