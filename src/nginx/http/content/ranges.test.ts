import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readRanges } from "./ranges.js";

test("ranges of a body of ten bytes", () => {
  for (const [text, expected] of [
    ["bytes=0-3", [[0, 4]]],
    ["bytes=8-", [[8, 10]]],
    ["bytes=-3", [[7, 10]]],
    [
      "bytes=0-0, 9-20",
      [
        [0, 1],
        [9, 10],
      ],
    ],
    ["bytes=10-", "unsatisfiable"],
    ["bytes=a", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["words=0-1", "whole"],
    ["bytes=", "whole"],
    ["bytes=0-9,0-9", "whole"],
  ] as const)
    assert.deepEqual(readRanges(text, 10, 100), expected, text);
  assert.equal(readRanges("bytes=0-0,2-2", 10, 1), "whole");
});

test("whatever is asked for lies within the body", () => {
  const text = fc.stringMatching(/^bytes=[\d, -]{0,20}$/);
  fc.assert(
    fc.property(text, fc.nat(100), (asked, length) => {
      const ranges = readRanges(asked, length, 10);
      if (typeof ranges === "string") return;
      for (const [from, to] of ranges) assert.ok(from >= 0 && from < to && to <= length);
    }),
  );
});
