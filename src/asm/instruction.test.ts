import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decode, encode, type Instruction } from "./instruction.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** As clang's assembler encodes them (llvm-mc -triple=bpfel). */
const table: [string, Instruction, string][] = [
  ["r0 = 2", { opcode: 0xb7, dst: 0, src: 0, offset: 0, imm: 2 }, "b700000002000000"],
  ["r6 = r1", { opcode: 0xbf, dst: 6, src: 1, offset: 0, imm: 0 }, "bf16000000000000"],
  ["w3 += -1", { opcode: 0x04, dst: 3, src: 0, offset: 0, imm: -1 }, "04030000ffffffff"],
  ["r1 = *(u16 *)(r2 + 12)", { opcode: 0x69, dst: 1, src: 2, offset: 12, imm: 0 }, "69210c0000000000"],
  ["*(u64 *)(r10 - 8) = r1", { opcode: 0x7b, dst: 10, src: 1, offset: -8, imm: 0 }, "7b1af8ff00000000"],
  ["*(u32 *)(r10 - 4) = 7", { opcode: 0x62, dst: 10, src: 0, offset: -4, imm: 7 }, "620afcff07000000"],
  ["if w3 != 8 goto +21", { opcode: 0x56, dst: 3, src: 0, offset: 21, imm: 8 }, "5603150008000000"],
  ["if r5 > r3 goto -2", { opcode: 0x2d, dst: 5, src: 3, offset: -2, imm: 0 }, "2d35feff00000000"],
  ["r3 = be16 r3", { opcode: 0xdc, dst: 3, src: 0, offset: 0, imm: 16 }, "dc03000010000000"],
  ["call 1", { opcode: 0x85, dst: 0, src: 0, offset: 0, imm: 1 }, "8500000001000000"],
  ["lock *(u64 *)(r1 + 8) += r2", { opcode: 0xdb, dst: 1, src: 2, offset: 8, imm: 0 }, "db21080000000000"],
  [
    "r0 = cmpxchg_64(r1 + 0, r0, r2)",
    { opcode: 0xdb, dst: 1, src: 2, offset: 0, imm: 0xf1 },
    "db210000f1000000",
  ],
  ["exit", { opcode: 0x95, dst: 0, src: 0, offset: 0, imm: 0 }, "9500000000000000"],
];

for (const [text, instruction, bytes] of table)
  test(`${text} is ${bytes}`, () => {
    assert.equal(hex(encode([instruction])), bytes);
    assert.deepEqual(decode(Buffer.from(bytes, "hex")), [instruction]);
  });

test("instructions come back from their bytes", () => {
  const instruction = fc.record(
    {
      opcode: fc.nat(255),
      dst: fc.nat(15),
      src: fc.nat(15),
      offset: fc.integer({ min: -0x8000, max: 0x7fff }),
      imm: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(fc.property(fc.array(instruction), (list) => assert.deepEqual(decode(encode(list)), list)));
});

test("what does not fit is refused, not cut", () => {
  const exit = { opcode: 0x95, dst: 0, src: 0, offset: 0, imm: 0 };
  assert.throws(() => encode([exit, { ...exit, offset: 0x8000 }]), /instruction 1: an offset of 32768/);
  assert.throws(() => encode([{ ...exit, imm: 2 ** 31 }]), /an immediate of 2147483648/);
  assert.throws(() => decode(new Uint8Array(9)), /9 bytes/);
});
