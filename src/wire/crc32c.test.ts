import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { advance, advancePowers, advanceTables, crc32c } from "./index.js";

const text = (value: string) => Uint8Array.from(Buffer.from(value));

test("known values", () => {
  assert.equal(crc32c(), 0);
  assert.equal(crc32c(text("123456789")), 0xe3069283); // the catalogue's check value
  assert.equal(crc32c(text("1234"), text("56789")), 0xe3069283);
  // RFC 3720, B.4
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

test("zeros one by one are zeros at once", () => {
  const steps = (register: number, zeros: number) => {
    let value = register;
    for (let i = 0; i < zeros; i++) value = advance(value, 1);
    return value;
  };
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.nat(300), (register, zeros) =>
      assert.equal(advance(register, zeros), steps(register, zeros)),
    ),
  );
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.nat(2 ** 20), fc.nat(2 ** 20), (register, a, b) =>
      assert.equal(advance(advance(register, a), b), advance(register, a + b)),
    ),
  );
});

test("a change of four bytes changes the CRC by what the rest makes of it", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 400 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (before, start) => {
        const after = before.slice();
        after.set(start);
        const word = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE(0);
        const delta = (word(before) ^ word(after)) >>> 0;
        assert.equal(crc32c(after), (crc32c(before) ^ advance(delta, before.length)) >>> 0);
      },
    ),
  );
});

test("the tables are those of the powers of two", () => {
  const tables = advanceTables();
  assert.equal(tables.length, 16 * 4 * 256);
  for (let power = 0; power < advancePowers; power++)
    for (const [place, byte] of [
      [0, 1],
      [1, 0x80],
      [2, 0xff],
      [3, 0xa5],
    ] as const)
      assert.equal(
        tables[(power << 10) | (place << 8) | byte],
        advance((byte << (place * 8)) >>> 0, 2 ** power),
      );
});
