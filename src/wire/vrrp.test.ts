import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeIpv4,
  encodeVrrp,
  IpAddress,
  parseVrrp,
  type VrrpAdvertisement,
  type VrrpChecksum,
  vrrpGroup4,
  vrrpGroup6,
  vrrpPassword,
} from "./index.js";

const hex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));
const vip = IpAddress.of("192.168.4.80");
const pass = { type: 1, data: vrrpPassword("1111") };

/** IPv4 packets that keepalived 2.2.7 sent, and what they say. */
const recorded: readonly (readonly [string, number, VrrpAdvertisement])[] = [
  ["45c0002800010000ff7015dfc0a8040be0000012213364010101526fc0a804503131313100000000", 11, two(100)],
  ["45c0002800050000ff7015dbc0a8040be0000012213300010101b66fc0a804503131313100000000", 11, two(0)],
  ["45c0002800010000ff7015dec0a8040ce000001221335a0101015c6fc0a804503131313100000000", 12, two(90)],
  ["45c0002000010000ff7015e7c0a8040be000001231336401000a0086c0a80450", 11, three(100)],
  ["45c0002000250000ff7015c3c0a8040be000001231330001000a6486c0a80450", 11, three(0)],
  ["45c0002000010000ff7015e6c0a8040ce000001231335a01000a0a85c0a80450", 12, three(90)],
  ["45c0002000190000ff7015cec0a8040ce000001231330001000a6485c0a80450", 12, three(0)],
];

function two(priority: number): VrrpAdvertisement {
  return {
    version: 2,
    virtualRouterId: 51,
    priority,
    interval: 1000,
    addresses: [vip],
    authentication: pass,
  };
}
function three(priority: number): VrrpAdvertisement {
  return { version: 3, virtualRouterId: 51, priority, interval: 100, addresses: [vip] };
}

test("reads and writes what keepalived sent, byte for byte", () => {
  for (const [packet, last, advertisement] of recorded) {
    const ip = decodeIpv4(hex(packet))!;
    assert.equal(ip.source.toString(), `192.168.4.${last}`);
    assert.equal(ip.destination.toString(), vrrpGroup4.toString());
    const parsed = parseVrrp(ip.payload, ip);
    assert.deepEqual(parsed, { ok: true, advertisement, checksum: "pseudo" });
    assert.deepEqual(encodeVrrp(advertisement, ip), ip.payload.slice());
  }
});

const four = fc.uint8Array({ minLength: 4, maxLength: 4 }).map(IpAddress.fromBytes);
const six = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(IpAddress.fromBytes);
const byte = fc.integer({ min: 0, max: 255 });
const message = (family: 4 | 6) => {
  const address = family === 4 ? four : six;
  const common = {
    virtualRouterId: byte,
    priority: byte,
    addresses: fc.array(address, { maxLength: 5 }),
  };
  const ends = fc.record({ source: address, destination: address });
  const data = fc.uint8Array({ minLength: family === 4 ? 8 : 0, maxLength: family === 4 ? 8 : 0 });
  const second = fc.record({
    version: fc.constant(2 as const),
    ...common,
    interval: fc.integer({ min: 1, max: 255 }).map((seconds) => seconds * 1000),
    authentication: fc.record({ type: byte, data }, { noNullPrototype: true }),
  });
  const third = fc.record({
    version: fc.constant(3 as const),
    ...common,
    interval: fc.integer({ min: 1, max: 4095 }).map((hundredths) => hundredths * 10),
  });
  return fc.tuple(fc.oneof(second, third), ends);
};

test("what is written is read again", () => {
  const kinds = fc.constantFrom<VrrpChecksum>("pseudo", "group", "plain");
  fc.assert(
    fc.property(fc.oneof(message(4), message(6)), kinds, ([advertisement, ends], kind) => {
      const special = ends.source.family === 4 && advertisement.version === 3;
      const parsed = parseVrrp(encodeVrrp(advertisement, ends, kind), ends);
      assert.ok(parsed.ok);
      assert.deepEqual(parsed.advertisement, { ...advertisement });
      if (!special) assert.equal(parsed.checksum, "pseudo");
    }),
  );
});

test("a flipped bit is seen", () => {
  fc.assert(
    fc.property(fc.oneof(message(4), message(6)), fc.nat(), ([advertisement, ends], place) => {
      const bytes = encodeVrrp(advertisement, ends);
      bytes[(place >> 3) % bytes.length]! ^= 1 << (place & 7);
      const parsed = parseVrrp(bytes, ends);
      // The sum of a packet with another pseudo-header may come out right by chance, only not with the same one.
      if (parsed.ok) assert.notEqual(parsed.checksum, "pseudo");
    }),
  );
});

test("any bytes are read or refused with a reason", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(fc.constantFrom(0x21, 0x31), fc.uint8Array({ maxLength: 64 }))
      .map(([first, rest]) => Uint8Array.of(first, ...rest)),
  );
  fc.assert(
    fc.property(anything, fc.oneof(four, six), fc.oneof(four, six), (bytes, source, destination) => {
      if (source.family !== destination.family) return;
      const parsed = parseVrrp(bytes, { source, destination });
      if (!parsed.ok) assert.ok(parsed.text.length > 5);
    }),
  );
});

test("says why something is no advertisement", () => {
  const ends = { source: IpAddress.of("192.168.4.11"), destination: vrrpGroup4 };
  const good = encodeVrrp(two(100), ends);
  const changed = (at: number, value: number) => {
    const bytes = good.slice();
    bytes[at] = value;
    return parseVrrp(bytes, ends);
  };
  const text = (parsed: ReturnType<typeof parseVrrp>) => !parsed.ok && `${parsed.fault}: ${parsed.text}`;
  assert.equal(text(parseVrrp(good.subarray(0, 7), ends)), "short: IPv4 VRRP packet too short - 7 bytes");
  assert.equal(
    text(parseVrrp(good.subarray(0, 19), ends)),
    "length: vrrp packet too short, length 19 and expect 20",
  );
  assert.equal(text(changed(3, 0)), "length: vrrp packet too long, length 20 and expect 16");
  assert.equal(text(changed(0, 0x41)), "version: wrong version. Received 4");
  assert.equal(text(changed(0, 0x22)), "type: Invalid packet type. 2 and expect 1");
  assert.equal(text(changed(2, 99)), "checksum: Invalid VRRPv2 checksum");
  const still = encodeVrrp({ ...three(100), interval: 0 }, ends);
  assert.equal(text(parseVrrp(still, ends)), "interval: advertisement interval of 0");
});

test("refuses to write what has no room", () => {
  const ends = { source: IpAddress.of("fe80::1"), destination: vrrpGroup6 };
  const fits = { ...three(100), addresses: [IpAddress.of("fe80::80")] };
  assert.equal(encodeVrrp(fits, ends).length, 24);
  assert.throws(() => encodeVrrp(three(100), ends), /IPv6 has addresses of that family/);
  assert.throws(() => encodeVrrp({ ...fits, interval: 40_960 }, ends), /interval/);
  assert.throws(() => encodeVrrp({ ...fits, version: 2, interval: 1500 }, ends), /interval/);
  assert.throws(() => encodeVrrp({ ...fits, virtualRouterId: 256 }, ends), /router id/);
});
