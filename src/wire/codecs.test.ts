import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  decodeArp,
  decodeEthernet,
  decodeIcmp,
  decodeIpv4,
  decodePacket,
  decodeTcp,
  decodeTcpOptions,
  decodeUdp,
  describe as describePacket,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIpv4,
  encodeTcp,
  encodeTcpOptions,
  encodeUdp,
  flagsOf,
  IpAddress,
  MacAddress,
  readPcap,
  type TcpOption,
  tcpChecksumOk,
  udpChecksumOk,
  writePcap,
} from "./index.js";

const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const mac = bytes(6, 6).map(MacAddress.fromBytes);
const ip4 = bytes(4, 4).map(IpAddress.fromBytes);
const ip6 = bytes(16, 16).map(IpAddress.fromBytes);
const payload = bytes(0, 200);

const tcpOption: fc.Arbitrary<TcpOption> = fc.oneof(
  fc.constant({ kind: "nop" } as const),
  bits(16).map((value) => ({ kind: "mss", value }) as const),
  bits(8).map((shift) => ({ kind: "windowScale", shift }) as const),
  fc.constant({ kind: "sackPermitted" } as const),
  fc
    .array(fc.tuple(bits(32), bits(32)), { minLength: 1, maxLength: 3 })
    .map((blocks) => ({ kind: "sack", blocks }) as const),
  fc.tuple(bits(32), bits(32)).map(([value, echo]) => ({ kind: "timestamps", value, echo }) as const),
  fc
    .tuple(fc.integer({ min: 9, max: 255 }), bytes(0, 6))
    .map(([number, data]) => ({ kind: "other", number, data }) as const),
);
const optionLength = (option: TcpOption) => {
  const lengths = { end: 1, nop: 1, mss: 4, windowScale: 3, sackPermitted: 2, timestamps: 10 } as const;
  if (option.kind === "sack") return 2 + 8 * option.blocks.length;
  return option.kind === "other" ? 2 + option.data.length : lengths[option.kind];
};
const tcpOptions = fc
  .array(tcpOption, { maxLength: 6 })
  .filter((options) => options.reduce((sum, option) => sum + optionLength(option), 0) <= 40);

/** Values that a decoder adds to what was encoded. */
function without<T extends object>(value: T, ...names: string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

describe("what was encoded is decoded", () => {
  test("ethernet, with and without a tag", () => {
    const tag = fc.record(
      { priority: bits(3), dropEligible: fc.boolean(), vlan: bits(12) },
      { noNullPrototype: true },
    );
    const type = bits(16).filter((value) => value !== 0x8100);
    const frame = fc.record(
      { destination: mac, source: mac, tag, type, payload },
      { requiredKeys: ["destination", "source", "type", "payload"] },
    );
    fc.assert(
      fc.property(frame, (value) => assert.deepEqual(decodeEthernet(encodeEthernet(value)), { ...value })),
    );
  });

  test("arp, padding or not", () => {
    const arp = fc.record({
      operation: bits(16),
      senderMac: mac,
      senderIp: ip4,
      targetMac: mac,
      targetIp: ip4,
    });
    fc.assert(
      fc.property(arp, bytes(0, 18), (value, padding) =>
        assert.deepEqual(decodeArp(Uint8Array.of(...encodeArp(value), ...padding)), { ...value }),
      ),
    );
  });

  const ipv4 = fc.record({
    dscp: bits(6),
    ecn: bits(2),
    identification: bits(16),
    dontFragment: fc.boolean(),
    moreFragments: fc.boolean(),
    fragmentOffset: bits(13).map((units) => units * 8),
    ttl: bits(8),
    protocol: bits(8),
    source: ip4,
    destination: ip4,
    options: fc.nat(10).chain((words) => bytes(words * 4, words * 4)),
    payload,
  });

  test("ipv4, with a right checksum, and without the padding of the frame", () => {
    fc.assert(
      fc.property(ipv4, bytes(0, 20), (value, padding) => {
        const decoded = decodeIpv4(Uint8Array.of(...encodeIpv4(value), ...padding))!;
        assert.equal(decoded.checksumOk, true);
        assert.deepEqual(without(decoded, "headerLength", "totalLength", "checksum", "checksumOk", "cut"), {
          ...value,
        });
      }),
    );
  });

  test("a changed bit in an IPv4 header is seen", () => {
    fc.assert(
      fc.property(ipv4, fc.nat(19), fc.nat(7), (value, at, bit) => {
        const wrong = encodeIpv4(value);
        wrong[at]! ^= 1 << bit;
        assert.notEqual(decodeIpv4(wrong)?.checksumOk, true);
      }),
    );
  });

  test("tcp, its options and its checksum over both families", () => {
    const segment = fc.record({
      sourcePort: bits(16),
      destinationPort: bits(16),
      sequence: bits(32),
      acknowledgement: bits(32),
      flags: bits(8).map(flagsOf),
      window: bits(16),
      urgentPointer: bits(16),
      options: tcpOptions,
      payload,
    });
    const ends = fc.oneof(fc.tuple(ip4, ip4), fc.tuple(ip6, ip6));
    fc.assert(
      fc.property(segment, ends, (value, [source, destination]) => {
        const encoded = encodeTcp(value, source, destination);
        const decoded = decodeTcp(encoded)!;
        assert.ok(tcpChecksumOk(encoded, source, destination));
        const padding = (4 - (value.options.reduce((sum, o) => sum + optionLength(o), 0) % 4)) % 4;
        const options = padding === 0 ? value.options : [...value.options, { kind: "end" as const }];
        assert.deepEqual(without(decoded, "headerLength", "checksum"), { ...value, options });
        encoded[4]! ^= 1;
        assert.ok(!tcpChecksumOk(encoded, source, destination));
      }),
    );
  });

  test("udp, never with a checksum of 0", () => {
    const udp = fc.record({ sourcePort: bits(16), destinationPort: bits(16), payload });
    fc.assert(
      fc.property(udp, ip4, ip4, (value, source, destination) => {
        const encoded = encodeUdp(value, source, destination);
        const decoded = decodeUdp(encoded)!;
        assert.notEqual(decoded.checksum, 0);
        assert.ok(udpChecksumOk(encoded, source, destination));
        assert.deepEqual(without(decoded, "length", "checksum"), { ...value });
      }),
    );
  });

  test("icmp", () => {
    const icmp = fc.record({ type: bits(8), code: bits(8), rest: bits(32), payload });
    fc.assert(
      fc.property(icmp, (value) =>
        assert.deepEqual(decodeIcmp(encodeIcmp(value)), { ...value, checksumOk: true }),
      ),
    );
  });

  test("pcap", () => {
    const record = fc.record({ at: fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), bytes: payload });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const read = readPcap(writePcap(records));
        assert.equal(read.linkType, 1);
        assert.deepEqual(
          read.records,
          records.map((value) => ({ ...value, originalLength: value.bytes.length })),
        );
      }),
    );
  });
});

describe("any bytes", () => {
  test("are decoded or refused, never more than was there", () => {
    fc.assert(
      fc.property(bytes(0, 120), (value) => {
        decodeTcp(value);
        decodeUdp(value);
        decodeIcmp(value);
        decodeArp(value);
        decodeIpv4(value);
        const packet = decodePacket(value);
        assert.equal(packet === undefined, decodeEthernet(value) === undefined);
        assert.equal(typeof describePacket(value), "string");
      }),
    );
  });

  test("behind an IPv4 header of any kind are described on one line", () => {
    const header = fc.tuple(fc.constantFrom(1, 4, 6, 17, 112), bytes(0, 80));
    fc.assert(
      fc.property(header, ([protocol, rest]) => {
        const frame = encodeEthernet({
          destination: MacAddress.zero,
          source: MacAddress.zero,
          type: 0x0800,
          payload: encodeIpv4({
            dscp: 0,
            ecn: 0,
            identification: 0,
            dontFragment: false,
            moreFragments: false,
            fragmentOffset: 0,
            ttl: 1,
            protocol,
            source: IpAddress.of("1.2.3.4"),
            destination: IpAddress.of("4.3.2.1"),
            options: new Uint8Array(),
            payload: rest,
          }),
        });
        assert.match(describePacket(frame), /^IP 1\.2\.3\.4[. ].*$/);
      }),
    );
  });

  test("as TCP options end where they make no sense, and what was read can be written again", () => {
    fc.assert(
      fc.property(bytes(0, 40), (value) => {
        const options = decodeTcpOptions(value);
        assert.deepEqual(decodeTcpOptions(encodeTcpOptions(options)).slice(0, options.length), options);
      }),
    );
    assert.deepEqual(decodeTcpOptions(Uint8Array.of(2, 0, 1, 1)), []);
    assert.deepEqual(decodeTcpOptions(Uint8Array.of(1, 8, 10, 1)), [{ kind: "nop" }]);
    assert.deepEqual(decodeTcpOptions(Uint8Array.of(1, 8)), [{ kind: "nop" }]);
  });
});

describe("refusals", () => {
  const tooLong = new Uint8Array(65530);
  const one = IpAddress.of("10.0.0.1");
  test("name what does not fit", () => {
    const values = { sourcePort: 1, destinationPort: 2, payload: tooLong };
    assert.throws(() => encodeUdp(values, one, one), /65538 bytes; at most 65535/);
    assert.throws(() => encodeTcpOptions(new Array(41).fill({ kind: "nop" })), /41 bytes; at most 40/);
    assert.throws(() => readPcap(new Uint8Array(30)), /begins with 0x00000000/);
    assert.throws(() => readPcap(new Uint8Array(3)), /at least 24 bytes, this has 3/);
    assert.throws(() => MacAddress.of("02:00"), /not a MAC address: 02:00/);
    assert.throws(() => MacAddress.fromBytes(new Uint8Array(5)), /6 bytes, not 5/);
  });

  test("MAC addresses are read with colons or hyphens, not with both", () => {
    assert.equal(MacAddress.of("02-00-C0-a8-04-64").toString(), "02:00:c0:a8:04:64");
    assert.equal(MacAddress.parse("02:00:c0-a8:04:64"), undefined);
    assert.equal(MacAddress.parse("02:00:c0:a8:04:64:00"), undefined);
    assert.ok(MacAddress.broadcast.isGroup && !MacAddress.zero.isGroup);
    assert.equal(JSON.stringify(MacAddress.broadcast), '"ff:ff:ff:ff:ff:ff"');
  });
});
