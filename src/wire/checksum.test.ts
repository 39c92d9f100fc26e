import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksum, checksumAfter, checksumAfterBytes } from "./checksum.js";

test("RFC 1071's example: 0001 f203 f4f5 f6f7 sum to ddf2", () => {
  assert.equal(checksum(Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)), 0xffff - 0xddf2);
});

test("RFC 1624's example: with HC dd2f and m 5555 becoming 3285 the result is 0000", () => {
  assert.equal(checksumAfter(0xdd2f, 0x5555, 0x3285), 0x0000);
});

test("an IPv4 header that is known to be right", () => {
  const header = Buffer.from("450000730000400040 11b861c0a80001c0a800c7".replace(" ", ""), "hex");
  assert.equal(checksum(header), 0);
});

test("parts count as one, wherever they are cut", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(64), (bytes, cut) => {
      assert.equal(checksum(bytes.subarray(0, cut), bytes.subarray(cut)), checksum(bytes));
    }),
  );
});

test("bytes that hold their own checksum sum to 0", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 64 }), (bytes) => {
      bytes.fill(0, 0, 2);
      const sum = checksum(bytes);
      bytes.set([sum >> 8, sum & 255]);
      assert.equal(checksum(bytes), 0);
    }),
  );
});

test("changing words gives what summing anew gives", () => {
  const even = fc.nat(20).chain((words) => fc.uint8Array({ minLength: 2 * words, maxLength: 2 * words }));
  fc.assert(
    fc.property(even, fc.uint8Array({ minLength: 4, maxLength: 4 }), even, (head, after, tail) => {
      const before = Uint8Array.of(1, 2, 3, 4);
      const rest = Uint8Array.of(0, 1); // so that not all words are zero
      const changed = checksumAfterBytes(checksum(head, before, tail, rest), before, after);
      assert.equal(changed, checksum(head, after, tail, rest));
    }),
  );
  assert.throws(() => checksumAfterBytes(0, new Uint8Array(3), new Uint8Array(3)), /even number/);
});
