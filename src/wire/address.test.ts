import assert from "node:assert/strict";
import { isIPv4, isIPv6, SocketAddress } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { IpAddress } from "./index.js";

const ip = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Runs of zeros, which text shortens.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 })
    .map((all) => Uint8Array.from(all)),
);

test("bytes, text and places in memory give the same address", () => {
  fc.assert(
    fc.property(ip, fc.nat(9), (bytes, offset) => {
      const address = IpAddress.fromBytes(bytes);
      assert.deepEqual(address.bytes, bytes);
      assert.deepEqual(
        [...bytes.keys()].map((i) => address.byte(i)),
        [...bytes],
      );
      assert.equal(address.family, bytes.length === 4 ? 4 : 6);
      assert.ok(address.family === 4 ? isIPv4(`${address}`) : isIPv6(`${address}`), `${address}`);
      assert.deepEqual(IpAddress.of(`${address}`).bytes, bytes);
      const memory = new Uint8Array(offset + bytes.length + 3).fill(0xaa);
      memory.set(bytes, offset);
      assert.ok(IpAddress.within(memory, offset, address.family).equals(address));
      // The kernel's text of it, unless it shows an IPv4 address in decimal.
      const { address: text } = new SocketAddress({ address: `${address}`, family: `ipv${address.family}` });
      if (address.family === 4 || !text.includes(".")) assert.equal(`${address}`, text);
    }),
  );
});

test("order is that of the numbers, IPv4 first; equal is equal", () => {
  fc.assert(
    fc.property(ip, ip, (one, other) => {
      const [a, b] = [IpAddress.fromBytes(one), IpAddress.fromBytes(other)];
      const expected = one.length - other.length || Buffer.compare(one, other);
      assert.equal(Math.sign(a.compare(b)), Math.sign(expected));
      assert.equal(a.equals(b), expected === 0);
      assert.ok(a.equals(IpAddress.fromBytes(one)));
    }),
  );
});

test("bytes of another length are no address", () => {
  assert.throws(() => IpAddress.fromBytes(new Uint8Array(5)), /4 or 16 bytes, not 5/);
});
