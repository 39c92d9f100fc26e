import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pcapngHeader, pcapngInterface, pcapngPacket } from "./pcapng.js";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

test("the blocks as the format's draft has them", () => {
  assert.equal(
    hex(pcapngHeader()),
    ["0a0d0d0a", "1c000000", "4d3c2b1a", "01000000", "ffffffffffffffff", "1c000000"].join(""),
  );
  assert.equal(
    hex(pcapngInterface("eth0", 256)),
    [
      ...["01000000", "28000000", "0100", "0000", "00010000"],
      ...["02000400", "65746830", "09000100", "09000000", "00000000", "28000000"],
    ].join(""),
  );
  const packet = { interface: 1, at: 0x1_0000_0002n, bytes: Uint8Array.of(1, 2, 3), originalLength: 60 };
  const head = ["01000000", "01000000", "02000000", "03000000", "3c000000", "01020300"];
  assert.equal(hex(pcapngPacket(packet)), ["06000000", "24000000", ...head, "24000000"].join(""));
  assert.equal(
    hex(pcapngPacket({ ...packet, direction: "out", comment: "sent" })),
    [
      ...["06000000", "38000000", ...head],
      ...["01000400", "73656e74", "02000400", "02000000", "00000000", "38000000"],
    ].join(""),
  );
});

test("every block is as long as it says at both ends, and whole words", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.string(), (bytes, name, comment) => {
      for (const block of [
        pcapngInterface(name, 256),
        pcapngPacket({ interface: 0, at: 1n, bytes, comment, direction: "in" }),
      ]) {
        const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
        assert.equal(view.getUint32(4, true), block.length);
        assert.equal(view.getUint32(block.length - 4, true), block.length);
        assert.equal(block.length % 4, 0);
      }
    }),
  );
});
