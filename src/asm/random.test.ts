import assert from "node:assert/strict";
import { test } from "node:test";
import { interpret } from "../../test/support/interpreter.js";
import { copyOf, forRandomPrograms } from "../../test/support/random-case.js";
import type { MapDeclaration } from "./index.js";

const runs = Number(process.env["RONDO_RANDOM_RUNS"] ?? 500);

test("a random program gives what its meaning gives, in all memory and in its verdict", () => {
  forRandomPrograms(runs, ({ text, shared, table, before, after, verdict }) => {
    const got = copyOf(before);
    const maps = new Map<MapDeclaration, Uint8Array>([
      [shared, got.shared],
      [table, got.table],
    ]);
    assert.equal(Number(BigInt.asUintN(32, interpret(text, { packet: got.packet, maps }))), verdict);
    assert.deepEqual(got, after);
  });
});
