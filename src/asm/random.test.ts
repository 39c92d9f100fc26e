import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evaluate, type Memory, TooLong } from "../../test/support/evaluated-program.js";
import { interpret } from "../../test/support/interpreter.js";
import { Cell, type RandomProgram, randomProgram, tableSize } from "../../test/support/random-program.js";
import { written } from "../../test/support/written-program.js";
import type { MapDeclaration } from "./index.js";

const memory = fc.record({
  packet: fc.uint8Array({ minLength: Cell.size, maxLength: Cell.size }),
  shared: fc.uint8Array({ minLength: Cell.size, maxLength: Cell.size }),
  table: fc.uint8Array({ minLength: Cell.size * tableSize, maxLength: Cell.size * tableSize }),
});
const copyOf = ({ packet, shared, table }: Memory): Memory => ({
  packet: Uint8Array.from(packet),
  shared: Uint8Array.from(shared),
  table: Uint8Array.from(table),
});

test("a random program gives what its meaning gives, in all memory and in its verdict", () => {
  let tried = 0;
  fc.assert(
    fc.property(randomProgram, memory, (random: RandomProgram, before: Memory) => {
      const expected = copyOf(before);
      const got = copyOf(before);
      let verdict: bigint;
      try {
        verdict = evaluate(random, expected);
      } catch (error) {
        if (error instanceof TooLong) return;
        throw error;
      }
      const { program, shared, table } = written(random);
      let text: ReturnType<typeof program.write>;
      try {
        text = program.write();
      } catch (error) {
        if (/bytes of stack/.test(String(error))) return;
        throw error;
      }
      tried++;
      const maps = new Map<MapDeclaration, Uint8Array>([
        [shared, got.shared],
        [table, got.table],
      ]);
      const result = interpret(text, { packet: got.packet, maps });
      assert.equal(BigInt.asUintN(32, result), verdict);
      assert.deepEqual(got, expected);
    }),
    { numRuns: Number(process.env["RONDO_RANDOM_RUNS"] ?? 300) },
  );
  assert.ok(tried > 0);
});
