import assert from "node:assert/strict";
import { test } from "node:test";
import { resize } from "./director-resize.js";

const refused = (words: string[], message: RegExp) =>
  assert.throws(() => resize(words), { code: "usage", exitStatus: 2, message });

test("resize says what is wrong with a number before it looks at anything", () => {
  refused(["many"], /^many is no number of entries$/);
  refused(["0"], /^0 is no number/);
  refused(["-5"], /^-5 is no number/);
  refused(["65536", "1"], /^1: nothing more is expected here$/);
  refused(["8388609"], /a table has 8388608 entries at most/);
});
