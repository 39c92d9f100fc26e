import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BfdControl, bfdStates, encodeBfd, parseBfd } from "./index.js";

const number = fc.integer({ min: 0, max: 0xffff_ffff });
const control = fc
  .record({
    state: fc.constantFrom(...bfdStates),
    diagnostic: fc.integer({ min: 0, max: 8 }),
    poll: fc.boolean(),
    final: fc.boolean(),
    controlPlaneIndependent: fc.boolean(),
    demand: fc.boolean(),
    multiplier: fc.integer({ min: 1, max: 255 }),
    mine: fc.integer({ min: 1, max: 0xffff_ffff }),
    yours: fc.integer({ min: 1, max: 0xffff_ffff }),
    minTx: number,
    minRx: number,
    minEchoRx: number,
  })
  .map((one): BfdControl => ({ ...one, final: one.final && !one.poll }));

test("what is written is read again", () => {
  fc.assert(
    fc.property(control, (one) => {
      assert.deepEqual(parseBfd(encodeBfd(one)), { ok: true, control: one });
    }),
  );
});

test("any bytes are read, or refused with a reason", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.boolean(), (bytes, likely) => {
      if (likely && bytes.length >= 4) bytes.set([0x20, bytes[1]!, 3, bytes.length]);
      const parsed = parseBfd(bytes);
      if (!parsed.ok) assert.ok(parsed.text.length > 10);
    }),
  );
});

test("says why something is no control packet", () => {
  const good = encodeBfd({
    state: "Up",
    diagnostic: 0,
    poll: false,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    multiplier: 5,
    mine: 0x01020304,
    yours: 7,
    minTx: 10_000,
    minRx: 10_000,
    minEchoRx: 0,
  });
  assert.equal(Buffer.from(good).toString("hex"), "20c00518010203040000000700002710000027100000" + "0000");
  const changed = (...changes: [number, number][]) => {
    const bytes = good.slice();
    for (const [at, value] of changes) bytes[at] = value;
    const parsed = parseBfd(bytes);
    return parsed.ok ? "" : parsed.text;
  };
  assert.match(changed([3, 25]), /size mismatch/);
  assert.match(changed([0, 0x40]), /unsupported version: 2/);
  assert.match(changed([2, 0]), /multiplier/);
  assert.match(changed([1, 0xc1]), /multipoint/);
  assert.match(changed([4, 0], [5, 0], [6, 0], [7, 0]), /my discriminator/);
  assert.match(changed([11, 0]), /your discriminator/);
  assert.match(changed([1, 0xf0]), /both poll and final/);
  assert.match(changed([0, 0x29]), /diag/);
  assert.match(changed([1, 0xc4]), /auth bit/);
});
