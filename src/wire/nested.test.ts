import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  decodeGre,
  decodeGue,
  decodeIcmpv6,
  decodeIpv6,
  decodeNetwork,
  decodePacket,
  decodeSctp,
  encodeGre,
  encodeGue,
  encodeIcmpv6,
  encodeIpv6,
  encodeSctp,
  ethernet,
  IpAddress,
  type Ipv6Extension,
  ipv4,
  ipv6,
  type Network,
  sctpChecksumOk,
  tcpChecksumOk,
  udpChecksumOk,
} from "./index.js";

const bits = (count: number) => fc.integer({ min: 0, max: 2 ** count - 1 });
const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });
const ip6 = bytes(16, 16).map(IpAddress.fromBytes);
const payload = bytes(0, 200);

/** Values that a decoder adds to what was encoded. */
function without<T extends object>(value: T, ...names: string[]): object {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

describe("what was encoded is decoded", () => {
  test("sctp, and a changed bit is seen", () => {
    const chunk = fc.record(
      { type: bits(8), flags: bits(8), value: bytes(0, 40) },
      { noNullPrototype: true },
    );
    const packet = fc.record({
      sourcePort: bits(16),
      destinationPort: bits(16),
      verificationTag: bits(32),
      chunks: fc.array(chunk, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(packet, fc.nat(11), fc.nat(7), (value, at, bit) => {
        const encoded = encodeSctp(value);
        assert.deepEqual(without(decodeSctp(encoded)!, "checksum"), {
          ...value,
          checksumOk: true,
          cut: false,
        });
        encoded[at]! ^= 1 << bit;
        assert.equal(sctpChecksumOk(encoded), false);
      }),
    );
  });

  test("ipv6 with extensions", () => {
    const extension: fc.Arbitrary<Ipv6Extension> = fc.oneof(
      fc
        .tuple(fc.boolean(), bits(32))
        .map(([more, identification]) => ({ kind: "fragment", offset: 0, more, identification }) as const),
      fc
        .tuple(
          fc.constantFrom("hopByHop" as const, "routing" as const, "destination" as const),
          fc.nat(3).chain((units) => bytes(6 + units * 8, 6 + units * 8)),
        )
        .map(([kind, data]) => ({ kind, data })),
    );
    const packet = fc.record({
      dscp: bits(6),
      ecn: bits(2),
      flowLabel: bits(20),
      hopLimit: bits(8),
      source: ip6,
      destination: ip6,
      extensions: fc.array(extension, { maxLength: 3 }),
      protocol: bits(8).filter((protocol) => ![0, 43, 44, 60].includes(protocol)),
      payload,
    });
    const added = ["headerLength", "totalLength", "fragmentOffset", "moreFragments", "cut"];
    fc.assert(
      fc.property(packet, bytes(0, 20), (value, padding) => {
        const decoded = decodeIpv6(Uint8Array.of(...encodeIpv6(value), ...padding))!;
        assert.equal(decoded.cut, false);
        assert.deepEqual(without(decoded, ...added), { ...value });
      }),
    );
  });

  test("icmpv6, gre, gue", () => {
    const icmp = fc.record({ type: bits(8), code: bits(8), rest: bits(32), payload });
    fc.assert(
      fc.property(icmp, ip6, ip6, (value, source, destination) =>
        assert.deepEqual(decodeIcmpv6(encodeIcmpv6(value, source, destination), source, destination), {
          ...value,
          checksumOk: true,
        }),
      ),
    );
    const gre = fc.record(
      { type: bits(16), withChecksum: fc.boolean(), key: bits(32), sequence: bits(32), payload },
      { requiredKeys: ["type", "withChecksum", "payload"] },
    );
    fc.assert(
      fc.property(gre, (value) => {
        const decoded = decodeGre(encodeGre(value))!;
        assert.ok(decoded.checksumOk);
        assert.deepEqual(without(decoded, "headerLength", "checksumOk"), { ...value });
      }),
    );
    const options = fc.nat(31).chain((words) => bytes(words * 4, words * 4));
    const gue = fc.record({ control: fc.boolean(), protocol: bits(8), flags: bits(16), options, payload });
    fc.assert(fc.property(gue, (value) => assert.deepEqual(decodeGue(encodeGue(value)), { ...value })));
  });

  test("any bytes, or are refused", () => {
    fc.assert(
      fc.property(bytes(0, 120), fc.constantFrom(0x40, 0x45, 0x60), (value, first) => {
        decodeSctp(value);
        decodeGre(value);
        decodeGue(value);
        if (value.length > 0) value[0] = first;
        decodeNetwork(value);
      }),
    );
  });
});

const four = { source: "10.0.0.1", destination: "10.0.0.2" };
const six = { source: "fd00::1", destination: "fd00::2" };
const ports = { source: 40000, destination: 80 };

/** Whether every checksum in a packet is right, as far as its decoders tell. */
function assertSums(network: Network): void {
  const ip = network.ipv4 ?? network.ipv6!;
  const ends = [ip.source, ip.destination] as const;
  if (network.ipv4) assert.ok(network.ipv4.checksumOk);
  if (network.tcp) assert.ok(tcpChecksumOk(ip.payload, ...ends));
  if (network.udp) assert.ok(udpChecksumOk(ip.payload, ...ends));
  if (network.sctp) assert.ok(network.sctp.checksumOk);
  if (network.icmp) assert.ok(network.icmp.checksumOk);
  if (network.gre) assert.ok(network.gre.checksumOk);
  if (network.inner) assertSums(network.inner);
}

describe("the builder", () => {
  test("puts every transport into both families", () => {
    for (const outer of [ethernet({ vlan: 7 }).ipv4(four), ethernet().ipv6(six)]) {
      const read = (frame: Uint8Array) => {
        const packet = decodePacket(frame)!;
        assertSums(packet);
        return packet;
      };
      assert.equal(read(outer.tcp({ ...ports, syn: true }).bytes()).tcp!.flags.syn, true);
      assert.equal(Buffer.from(read(outer.udp(ports).payload("hello")).udp!.payload).toString(), "hello");
      assert.equal(read(outer.udp({ ...ports, checksum: false }).payload("hello")).udp!.checksum, 0);
      assert.ok(read(outer.echo({ identifier: 1, sequence: 2 }).payload("x")).icmp);
      const sctp = read(outer.sctp({ ...ports, tag: 9, chunks: ["cookieEcho"] }).payload("abc")).sctp!;
      assert.deepEqual(
        sctp.chunks.map(({ type }) => type),
        [10, 0],
      );
      assert.equal(sctp.chunks[1]!.value.length, 15);
    }
  });

  test("puts packets of both families into tunnels of both", () => {
    for (const outer of [ipv4(four), ipv6(six)])
      for (const tunnel of [outer, outer.gre(), outer.gre({ checksum: true, key: 7 })])
        for (const built of [
          "ipip" in tunnel ? tunnel.ipip({ ...four, ttl: 9 }) : tunnel.ipv4({ ...four, ttl: 9 }),
          tunnel.ipv6({ ...six, hopLimit: 9 }),
        ]) {
          const whole = decodeNetwork(built.udp(ports).payload("inside"))!;
          assertSums(whole);
          const inner = whole.inner!;
          assert.equal(inner.ipv4?.ttl ?? inner.ipv6?.hopLimit, 9);
          assert.equal(inner.udp!.destinationPort, 80);
        }
  });

  test("builds GUE, with and without a checksum", () => {
    for (const checksum of [false, true]) {
      const frame = ipv4(four)
        .gue({ source: 50000, destination: 6080, checksum })
        .ipv6(six)
        .tcp({ ...ports, ack: true })
        .bytes();
      const { udp } = decodeNetwork(frame)!;
      assert.equal(udp!.checksum === 0, !checksum);
      const gue = decodeGue(udp!.payload)!;
      assert.equal(gue.protocol, 41);
      const inner = decodeNetwork(gue.payload)!;
      assertSums(inner);
      assert.equal(inner.tcp!.flags.ack, true);
    }
  });

  test("quotes packets in ICMP errors", () => {
    const about = ipv6(six).tcp({ ...ports, syn: true });
    const frame = ethernet()
      .ipv6({ source: six.destination, destination: six.source })
      .icmp({ type: 2, rest: 1400 })
      .payload(about.bytes());
    const { icmp } = decodePacket(frame)!;
    assert.equal(icmp!.rest, 1400);
    assert.equal(decodeNetwork(icmp!.payload)!.tcp!.sourcePort, 40000);
  });

  test("writes fragments of IPv6, of which only the first has a transport layer", () => {
    const fragment = (offset: number) =>
      decodeNetwork(
        ipv6({
          ...six,
          extensions: [
            { kind: "destination", data: new Uint8Array(6) },
            { kind: "fragment", offset, more: offset === 0, identification: 5 },
          ],
          protocol: 17,
        }).payload(Uint8Array.of(0, 1, 0, 2, 0, 16, 0, 0)),
      )!;
    assert.equal(fragment(0).udp!.length, 16);
    assert.equal(fragment(0).ipv6!.moreFragments, true);
    assert.equal(fragment(8).udp, undefined);
    assert.equal(fragment(8).ipv6!.fragmentOffset, 8);
  });
});
