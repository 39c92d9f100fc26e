import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { constant32, type Hook, packetProgram } from "../../src/asm/index.js";
import {
  type BpfMap,
  type BpfProgram,
  bpfAccess,
  createMapsOf,
  loadWritten,
  testRun,
  xdpContext,
} from "../../src/bpf/index.js";
import { Answer, answerer } from "../../src/dataplane/xdp/answer.js";
import { eventIndex, noServer, Settings } from "../../src/dataplane/xdp/layout.js";
import {
  checksum,
  concat,
  decodeIcmp,
  decodeIpv4,
  EtherType,
  ethernet,
  get16,
  get32,
  IpAddress,
  pseudoHeader,
  put16,
} from "../../src/wire/index.js";
import { places } from "./netlink-places.js";

const hooks = ["xdp", "tc"] as const;
const client = "192.168.4.10";
const vip = "192.168.4.15";
const clientMac = "02:00:c0:a8:04:0a";
const directorMac = "02:00:c0:a8:04:05";
const client6 = "fd00:4::10";
const vip6 = "fd00:4::15";

const frame = () => ethernet({ source: clientMac, destination: directorMac });
const ip4 = (more: object = {}) => frame().ipv4({ source: client, destination: vip, ...more });
const tcp = (payload: string | Uint8Array = "", more: object = {}) =>
  ip4(more).tcp({ source: 40000, destination: 80, syn: true }).payload(payload);
const udp = (payload: string | Uint8Array = "", more: object = {}) =>
  ip4(more).udp({ source: 40000, destination: 80 }).payload(payload);
const many = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 31 + (i >> 8)) & 0xff);

/** An IPv6 frame. */
function ip6(next: number, payload: Uint8Array, from = client6, to = vip6): Uint8Array {
  const header = new Uint8Array(40);
  header[0] = 0x60;
  put16(header, 4, payload.length);
  header[6] = next;
  header[7] = 63;
  header.set(IpAddress.of(from).bytes, 8);
  header.set(IpAddress.of(to).bytes, 24);
  return frame().other(EtherType.IPv6).payload(concat(header, payload));
}
const udp6 = (payload: Uint8Array, from = client6, to = vip6) => {
  const header = Uint8Array.of(0x9c, 0x40, 0, 80, 0, 0, 0xab, 0xcd);
  put16(header, 4, payload.length + 8);
  return ip6(17, concat(header, payload), from, to);
};

/** A program that answers every packet, and whatever kind of answer and MTU stand in a map. */
class Answering {
  readonly device: number;
  readonly #programs = new Map<string, BpfProgram>();
  readonly #maps: Record<string, BpfMap> = {};

  constructor(readonly t: TestContext) {
    this.device = 1;
    t.after(() => {
      for (const one of [...this.#programs.values(), ...Object.values(this.#maps)]) one.close();
    });
  }

  run(
    hook: Hook,
    kind: number,
    mtu: number,
    packet: Uint8Array,
    segment = 0,
  ): { verdict: string; packet: Uint8Array } {
    const key = `${hook} ${kind} ${mtu}`;
    let program = this.#programs.get(key);
    if (!program) {
      const answer = answerer(hook);
      const written = packetProgram("answering", hook, (packet) =>
        packet.end(answer(packet.context, kind, mtu, constant32(noServer))),
      );
      const maps = createMapsOf(written);
      for (const [name, map] of Object.entries(maps)) {
        if (this.#maps[name]) map.close();
        else this.#maps[name] = map;
      }
      const { bytes } = this.#maps["settings"]!.memory({ write: true });
      Settings.over(bytes).secrets = [1n, 0x9e37_79b9_7f4a_7c15n, 3n];
      program = loadWritten(written, this.#maps);
      this.#programs.set(key, program);
    }
    const context = hook === "xdp" ? xdpContext(packet.length, this.device) : tcContext(this.device, segment);
    const result = testRun(program, { packet, context });
    const verdicts = hook === "xdp" ? { 1: "drop", 4: "redirect" } : { 2: "drop", 7: "redirect" };
    return {
      verdict: (verdicts as Record<number, string>)[result.verdict] ?? `${result.verdict}`,
      packet: Uint8Array.from(result.packet),
    };
  }

  get limited(): number {
    const { bytes } = this.#maps["settings"]!.memory();
    return Number(Settings.over(bytes).events[eventIndex("icmp_limited")]);
  }

  /** As if nobody had been answered yet. */
  forget(): void {
    this.#maps["icmp_limits"]?.memory({ write: true }).bytes.fill(0);
  }
}

function tcContext(device: number, segment: number): Uint8Array {
  const bytes = Buffer.alloc(192);
  bytes.writeUInt32LE(device, 40);
  bytes.writeUInt32LE(segment, 176);
  return bytes;
}

function answering(t: TestContext): Answering | undefined {
  if (!places(t, 0)) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  return new Answering(t);
}

/** What the kernel's icmp_send would have made of an IPv4 packet. */
function assertAnswer4(out: Uint8Array, about: Uint8Array, [type, code, rest]: readonly number[]): void {
  assert.deepEqual(out.subarray(0, 6), about.subarray(6, 12));
  assert.deepEqual(out.subarray(6, 12), about.subarray(0, 6));
  const original = decodeIpv4(about.subarray(14))!;
  const ip = decodeIpv4(out.subarray(14))!;
  const quote = about.subarray(14, 14 + Math.min(original.totalLength, 548));
  assert.equal(out.length, 14 + 28 + quote.length);
  assert.equal(ip.totalLength, 28 + quote.length);
  assert.ok(ip.checksumOk);
  assert.deepEqual(
    [ip.headerLength, ip.dscp, ip.ecn, ip.ttl, ip.protocol, ip.dontFragment, ip.fragmentOffset],
    [20, 48 | (original.dscp & 7), original.ecn & 2, 64, 1, false, 0],
  );
  assert.equal(ip.source.toString(), original.destination.toString());
  assert.equal(ip.destination.toString(), original.source.toString());
  const icmp = decodeIcmp(ip.payload)!;
  assert.ok(icmp.checksumOk, "ICMP's checksum");
  assert.deepEqual([icmp.type, icmp.code, icmp.rest], [type, code, rest]);
  assert.deepEqual(icmp.payload, quote);
}

function assertAnswer6(out: Uint8Array, about: Uint8Array, [type, code, rest]: readonly number[]): void {
  assert.deepEqual(out.subarray(0, 6), about.subarray(6, 12));
  assert.deepEqual(out.subarray(6, 12), about.subarray(0, 6));
  const length = 40 + get16(about, 18);
  const quote = about.subarray(14, 14 + Math.min(length, 1232));
  assert.equal(out.length, 14 + 48 + quote.length);
  assert.deepEqual(
    [get32(out, 14), get16(out, 18), out[20], out[21]],
    [0x6000_0000, 8 + quote.length, 58, 64],
  );
  assert.deepEqual(out.subarray(22, 38), about.subarray(38, 54));
  assert.deepEqual(out.subarray(38, 54), about.subarray(22, 38));
  const message = out.subarray(54);
  const [from, to] = [IpAddress.fromBytes(out.subarray(22, 38)), IpAddress.fromBytes(out.subarray(38, 54))];
  assert.equal(checksum(pseudoHeader(from, to, 58, message.length), message), 0, "ICMPv6's checksum");
  assert.deepEqual([message[0], message[1], get32(message, 4)], [type, code, rest]);
  assert.deepEqual(message.subarray(8), quote);
}

const kinds = [
  { kind: Answer.unreachable, mtu: 0, v4: [3, 3, 0], v6: [1, 4, 0] },
  { kind: Answer.timeExceeded, mtu: 0, v4: [11, 0, 0], v6: [3, 0, 0] },
  { kind: Answer.tooBig, mtu: 1400, v4: [3, 4, 1400], v6: [2, 0, 1400] },
] as const;

for (const hook of hooks) {
  test(`${hook}: what answers quote, and how they are addressed`, (t) => {
    const place = answering(t);
    if (!place) return;
    const packets4 = [
      tcp(),
      udp(),
      udp("a"),
      udp("ab"),
      udp("abc"),
      udp(many(519)),
      udp(many(520)),
      udp(many(521)),
      tcp(many(1400), { dontFragment: true, dscp: 0x2e, ecn: 3, identification: 7 }),
      udp("with options", { options: Uint8Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0) }),
      udp("the first fragment", { moreFragments: true }),
      ip4().echo({ identifier: 1, sequence: 2 }).payload("ping"),
      concat(udp("padded"), new Uint8Array(12)),
    ];
    const packets6 = [
      udp6(new Uint8Array()),
      udp6(many(1)),
      udp6(many(3)),
      udp6(many(1183)),
      udp6(many(1184)),
      udp6(many(1185)),
      udp6(many(1400)),
      ip6(0, concat(Uint8Array.of(17, 1, 5, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0), many(40))),
      ip6(58, Uint8Array.of(128, 0, 0, 0, 1, 2, 3, 4)),
      concat(udp6(many(2)), new Uint8Array(9)),
    ];
    for (const { kind, mtu, v4, v6 } of kinds) {
      for (const packet of packets4) {
        place.forget();
        const out = place.run(hook, kind, mtu, packet);
        assert.equal(out.verdict, "redirect");
        assertAnswer4(out.packet, packet, v4);
      }
      for (const packet of packets6) {
        place.forget();
        const out = place.run(hook, kind, mtu, packet);
        assert.equal(out.verdict, "redirect");
        assertAnswer6(out.packet, packet, v6);
      }
    }
  });

  test(`${hook}: what is not answered`, (t) => {
    const place = answering(t);
    if (!place) return;
    const group = (packet: Uint8Array) => {
      packet[0] = 1;
      return packet;
    };
    const icmp = (type: number) => ip4().icmp({ type }).payload("what it is about");
    const silent: [string, Uint8Array][] = [
      ["a later fragment", udp("x".repeat(16), { fragmentOffset: 8 })],
      ["unreachable", icmp(3)],
      ["source quench", icmp(4)],
      ["redirect", icmp(5)],
      ["time exceeded", icmp(11)],
      ["parameter problem", icmp(12)],
      ["what nobody knows", icmp(40)],
      ["a frame to all", group(udp("hello"))],
      ["to a group", udp("hello", { destination: "224.0.0.18" })],
      ["to all", udp("hello", { destination: "255.255.255.255" })],
      ["from nowhere", udp("hello", { source: "0.0.0.0" })],
      ["from a group", udp("hello", { source: "224.0.0.1" })],
      ["from all", udp("hello", { source: "255.255.255.255" })],
      ["from a loopback address", udp("hello", { source: "127.0.0.1" })],
      ["ARP", frame().arpRequest({ senderIp: client, targetIp: vip })],
      ["v6: from nowhere", udp6(many(8), "::")],
      ["v6: from a group", udp6(many(8), "ff02::1")],
      ["v6: to a group", udp6(many(8), client6, "ff02::1")],
      ["v6: a frame to all", group(udp6(many(8)))],
      ["v6: too big", ip6(58, Uint8Array.of(2, 0, 0, 0, 1, 2, 3, 4))],
      [
        "v6: an error behind options",
        ip6(60, concat(Uint8Array.of(58, 0, 1, 4, 0, 0, 0, 0), Uint8Array.of(1, 4, 0, 0, 0, 0, 0, 0))),
      ],
      ["v6: a later fragment", ip6(44, concat(Uint8Array.of(17, 0, 0, 8, 0, 0, 0, 1), many(16)))],
      ["v6: cut", ip6(44, new Uint8Array(3))],
    ];
    for (const [about, packet] of silent) {
      const before = Uint8Array.from(packet);
      place.forget();
      for (const { kind, mtu } of kinds) {
        const out = place.run(hook, kind, mtu, packet);
        assert.equal(out.verdict, "drop", about);
        assert.deepEqual(out.packet, before, about);
      }
    }
  });

  test(`${hook}: one host is answered six times at once, all together fifty or more; too big always`, (t) => {
    const place = answering(t);
    if (!place) return;
    const sent = (count: number, kind: number, from: (i: number) => string) => {
      let answered = 0;
      for (let i = 0; i < count; i++)
        if (place.run(hook, kind, 1400, udp("", { source: from(i) })).verdict === "redirect") answered++;
      return answered;
    };
    assert.equal(
      sent(20, Answer.unreachable, () => client),
      6,
    );
    assert.equal(place.limited, 14);
    assert.equal(
      sent(20, Answer.tooBig, () => client),
      20,
    );
    assert.equal(
      sent(1, Answer.unreachable, () => "192.168.4.11"),
      1,
    );
    place.forget();
    assert.equal(
      sent(1, Answer.unreachable, () => client),
      1,
    );
  });

  test(`${hook}: a packet that is cut short or lies about its length is dropped`, (t) => {
    const place = answering(t);
    if (!place) return;
    const whole = udp(many(100));
    for (let length = 35; length < whole.length; length += 5) {
      place.forget();
      const { verdict } = place.run(hook, Answer.unreachable, 0, whole.slice(0, length));
      assert.ok(verdict === "drop" || hook === "tc", `${length}: ${verdict}`);
    }
  });
}

test("tc: of a packet of several segments comes an answer of one", (t) => {
  const place = answering(t);
  if (!place) return;
  const packet = tcp(many(2800));
  const out = place.run("tc", Answer.unreachable, 0, packet, 1400);
  assert.equal(out.verdict, "redirect");
  assertAnswer4(out.packet, packet, [3, 3, 0]);
});
