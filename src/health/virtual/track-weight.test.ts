import assert from "node:assert/strict";
import { test } from "node:test";
import { at, check } from "../../../test/support/keepalived-config.js";
import type { CheckOf } from "../checks/question.js";
import { fileWeight } from "./track-weight.js";

const meaning = (
  status: number,
  weight?: number,
  reverse = false,
  file?: { weight: number; reverse: boolean },
) =>
  fileWeight(
    check("FILE_CHECK", { reverse, ...(weight !== undefined && { weight }) }) as CheckOf<"FILE_CHECK">,
    file && { name: "f", path: "/f", at, ...file },
    status,
  );

test("a tracked file's number is a fault without a weight, else a part of the server's weight", () => {
  assert.equal(meaning(0, 0), 0);
  assert.equal(meaning(3, 0), "fault");
  assert.equal(meaning(0, 0, true), "fault");
  assert.equal(meaning(3, 0, true), 0);
  assert.equal(meaning(3, 2), 6);
  assert.equal(meaning(3, 2, true), -6);
  assert.equal(meaning(-0x80000000, 1), "fault");
  assert.equal(meaning(0x80000000, 5), 0x7fffffff);
});

test("what the check doesn't say, the file's own weight says", () => {
  assert.equal(meaning(3, undefined, false, { weight: 2, reverse: true }), -6);
  assert.equal(meaning(3, 1, false, { weight: 2, reverse: true }), 3);
});
