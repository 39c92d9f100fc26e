import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { Hook } from "../../src/asm/index.js";
import {
  type BpfMap,
  type BpfProgram,
  bpfAccess,
  createMapsOf,
  loadWritten,
  TcVerdict,
  testRun,
  XdpVerdict,
} from "../../src/bpf/index.js";
import { Accepted, decapsulator, TunnelUse, TunnelVip } from "../../src/dataplane/xdp/decapsulate.js";
import { withNetworkNamespace } from "../../src/sys/index.js";
import { checksum, IpAddress, MacAddress } from "../../src/wire/index.js";
import {
  framed,
  type IpFields,
  ipPacket,
  type TunnelFields,
  tcpProtocol,
  tcpSegment,
  udpDatagram,
  udpProtocol,
  wrap,
} from "../support/tunnel-packets.js";
import { type Place, places } from "./netlink-places.js";

const serverMac = "02:00:c0:a8:04:64";
const macs = {
  source: MacAddress.of("02:00:c0:a8:04:05").bytes,
  destination: MacAddress.of(serverMac).bytes,
};
const payload = Buffer.from("what a client has to say, an odd number of bytes");
const vips = { 4: "192.0.2.15", 6: "2001:db8::15" } as const;
const clients = { 4: "192.0.2.7", 6: "2001:db8:7::7" } as const;
const outside = {
  4: { source: "10.9.0.1", destination: "10.9.0.100" },
  6: { source: "fd00:9::1", destination: "fd00:9::100" },
} as const;
const families = [4, 6] as const;

class Server {
  readonly #maps: Record<string, BpfMap>;
  readonly #program: BpfProgram;
  readonly #context: Buffer;

  constructor(
    t: TestContext,
    readonly hook: Hook,
    accepted: number,
    readonly place: Place,
  ) {
    // The tc hook knows by the device whom a frame is for.
    place.network.links.createVeth({
      name: hook,
      mac: serverMac,
      up: true,
      peer: { name: `${hook}-far`, up: true },
    });
    this.#context = Buffer.alloc(192);
    this.#context.writeUInt32LE(place.network.links.get(hook).index, 40);
    const program = decapsulator(hook, macs.destination);
    this.#maps = createMapsOf(program);
    this.#program = loadWritten(program, this.#maps);
    for (const family of families)
      this.#maps["tunnel_vips"]!.update(keyOf(family), TunnelUse.encode({ accepted, port: 6080 }));
    t.after(() => {
      this.#program.close();
      for (const map of Object.values(this.#maps)) map.close();
    });
  }

  /** What becomes of a frame; "dropped" if nothing does. */
  receive(frame: Uint8Array): Buffer | "dropped" {
    const run = () =>
      testRun(this.#program, { packet: frame, ...(this.hook === "tc" && { context: this.#context }) });
    const { verdict, packet } = withNetworkNamespace(this.place.namespace, run);
    if (verdict === (this.hook === "xdp" ? XdpVerdict.drop : TcVerdict.drop)) return "dropped";
    assert.equal(verdict, this.hook === "xdp" ? XdpVerdict.pass : TcVerdict.goOn);
    return Buffer.from(packet);
  }

  packets(family: 4 | 6): number {
    return Number(TunnelUse.over(this.#maps["tunnel_vips"]!.lookup(keyOf(family))!).packets);
  }
}

function keyOf(family: 4 | 6): Uint8Array {
  const address = new Uint8Array(16);
  address.set(IpAddress.of(vips[family]).bytes);
  return TunnelVip.encode({ address, family });
}

const all = Accepted.ipip | Accepted.gue | Accepted.gre;

function serverFor(t: TestContext, hook: Hook, accepted = all): Server | undefined {
  const made = places(t, 1);
  if (!made) return undefined;
  if (bpfAccess() === "yes") return new Server(t, hook, accepted, made[0]!);
  t.skip("needs bpf");
  return undefined;
}

const inner = (family: 4 | 6, more: Partial<IpFields> = {}): Buffer => {
  const fields = { source: clients[family], destination: vips[family], protocol: tcpProtocol, ...more };
  return Buffer.from(ipPacket(fields, tcpSegment(fields, [40312, 80], { payload })));
};
const frame = (packet: Uint8Array, to = macs) => Buffer.from(framed(packet, to));
const changed = (packet: Uint8Array, change: (copy: Buffer) => void) => {
  const copy = Buffer.from(packet);
  change(copy);
  return copy;
};

const tunnels: (TunnelFields & { about: string })[] = [
  { about: "IPIP", type: "ipip" },
  { about: "GUE", type: "gue" },
  { about: "GUE with checksum", type: "gue", sum: true },
  { about: "GRE", type: "gre" },
  { about: "GRE with checksum", type: "gre", sum: true },
];

for (const hook of ["xdp", "tc"] as const) {
  test(`${hook}: what comes for a VIP is unwrapped`, async (t) => {
    const server = serverFor(t, hook);
    if (!server) return;
    for (const tunnel of tunnels)
      for (const outer of families)
        for (const within of families)
          await t.test(`${tunnel.about}, IPv${within} in IPv${outer}`, () => {
            const before = server.packets(within);
            const packets = [
              inner(within),
              inner(within, { service: 0xb8, ttl: 1 }),
              inner(within, { source: outside[within].source }),
              Buffer.from(
                ipPacket({ source: clients[within], destination: vips[within], protocol: 250 }, payload),
              ),
            ];
            if (within === 4) {
              packets.push(inner(4, { options: new Uint8Array(40).fill(1) }));
              packets.push(inner(4, { fragment: 0x2000 }), inner(4, { fragment: 0x0100 }));
            }
            for (const packet of packets)
              assert.deepEqual(server.receive(frame(wrap(outside[outer], tunnel, packet))), frame(packet));
            assert.equal(server.packets(within), before + packets.length);
          });
  });

  test(`${hook}: all else passes untouched`, async (t) => {
    const server = serverFor(t, hook);
    if (!server) return;
    const onlyIpip = serverFor(t, hook, Accepted.ipip)!;
    const untouched = (about: string, packet: Uint8Array, of = server) =>
      t.test(about, () => assert.deepEqual(of.receive(packet), Buffer.from(packet)));
    const udp = { source: clients[4], destination: vips[4], protocol: udpProtocol };
    for (const outer of families) {
      const ipip = (change: (copy: Buffer) => void) =>
        frame(changed(wrap(outside[outer], { type: "ipip" }, inner(4)), change));
      const head = outer === 4 ? 20 : 40;
      const behind = (type: TunnelFields["type"], change: (copy: Buffer) => void, sum = false) =>
        frame(changed(wrap(outside[outer], { type, sum }, inner(4)), (copy) => change(copy.subarray(head))));
      const name = `IPv${outer}: `;
      await untouched(`${name}no tunnel`, frame(inner(outer)));
      await untouched(
        `${name}another address within`,
        frame(wrap(outside[outer], { type: "ipip" }, inner(4, { destination: "192.0.2.16" }))),
      );
      await untouched(
        `${name}another address within, IPv6`,
        frame(wrap(outside[outer], { type: "ipip" }, inner(6, { destination: "2001:db8::16" }))),
      );
      await untouched(
        `${name}another version within`,
        ipip((copy) => (copy[head] = 0x55)),
      );
      await untouched(
        `${name}IPv6 where IPv4 was said`,
        ipip((copy) => (copy[head] = 0x60)),
      );
      await untouched(
        `${name}a header within that is too short`,
        ipip((copy) => (copy[head] = 0x44)),
      );
      await untouched(
        `${name}longer within than without`,
        ipip((copy) => copy.writeUInt16BE(1000, head + 2)),
      );
      await untouched(
        `${name}shorter within than its header`,
        ipip((copy) => copy.writeUInt16BE(19, head + 2)),
      );
      await untouched(
        `${name}GUE to another port`,
        frame(wrap(outside[outer], { type: "gue", port: 6081 }, inner(4))),
      );
      await untouched(
        `${name}GUE of version 1`,
        behind("gue", (copy) => (copy[8] = 0x40)),
      );
      await untouched(
        `${name}GUE: a control message`,
        behind("gue", (copy) => (copy[8] = 0x20)),
      );
      await untouched(
        `${name}GUE with options`,
        behind("gue", (copy) => (copy[8] = 0x01)),
      );
      await untouched(
        `${name}GUE with flags`,
        behind("gue", (copy) => (copy[11] = 1)),
      );
      await untouched(
        `${name}GUE with TCP in it`,
        behind("gue", (copy) => (copy[9] = 6)),
      );
      await untouched(
        `${name}GUE longer than its packet`,
        behind("gue", (copy) => copy.writeUInt16BE(2000, 4)),
      );
      await untouched(
        `${name}GUE shorter than itself`,
        behind("gue", (copy) => copy.writeUInt16BE(11, 4)),
      );
      await untouched(
        `${name}GRE with a key`,
        behind("gre", (copy) => (copy[0] = 0x20)),
      );
      await untouched(
        `${name}GRE of version 1`,
        behind("gre", (copy) => (copy[1] = 1)),
      );
      await untouched(
        `${name}GRE with a frame in it`,
        behind("gre", (copy) => copy.writeUInt16BE(0x6558, 2)),
      );
      await untouched(
        `${name}GUE where only IPIP is wanted`,
        frame(wrap(outside[outer], { type: "gue" }, inner(4))),
        onlyIpip,
      );
      await untouched(
        `${name}GRE where only IPIP is wanted`,
        frame(wrap(outside[outer], { type: "gre" }, inner(4))),
        onlyIpip,
      );
      await untouched(
        `${name}a frame cut short`,
        frame(wrap(outside[outer], { type: "ipip" }, inner(4))).subarray(0, 80),
      );
      await untouched(
        `${name}a frame for another host`,
        frame(wrap(outside[outer], { type: "ipip" }, inner(4)), { ...macs, destination: macs.source }),
      );
    }
    const ipv4 = (fields: Partial<IpFields>) =>
      frame(wrap({ ...outside[4], ...fields }, { type: "ipip" }, inner(4)));
    await untouched("the first fragment of an outer packet", ipv4({ fragment: 0x2000 }));
    await untouched("a later one", ipv4({ fragment: 0x0010 }));
    await untouched("outer options", ipv4({ options: new Uint8Array(4).fill(1) }));
    await untouched(
      "a wrong outer checksum",
      changed(ipv4({}), (copy) => (copy[14 + 10]! ^= 1)),
    );
    await untouched(
      "a datagram that is no GUE",
      frame(ipPacket(udp, udpDatagram(udp, [5000, 6080], payload))),
    );
    await untouched(
      "ARP",
      Buffer.concat([macs.destination, macs.source, Buffer.from("0806", "hex"), Buffer.alloc(46)]),
    );
  });

  test(`${hook}: congestion that the tunnel met`, (t) => {
    const server = serverFor(t, hook);
    if (!server) return;
    for (const outer of families)
      for (const within of families)
        for (const service of [0xb8, 0xb9, 0xba, 0xbb]) {
          const sent = frame(
            wrap({ ...outside[outer], service: 3 }, { type: "ipip" }, inner(within, { service })),
          );
          const expected = (service & 3) === 0 ? "dropped" : frame(inner(within, { service: 0xbb }));
          assert.deepEqual(server.receive(sent), expected);
        }
  });

  test(`${hook}: random changes, compared with what the same rules are in TypeScript`, (t) => {
    const server = serverFor(t, hook);
    if (!server) return;
    const change = fc.record({ at: fc.nat(90), to: fc.nat(255) });
    // A test run at the tc hook refuses what is too short for the header that its type wants.
    const cut = fc.option(fc.integer({ min: hook === "tc" ? 54 : 34, max: 150 }));
    let unwrapped = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...tunnels),
        fc.constantFrom(...families),
        fc.constantFrom(...families),
        fc.array(change, { maxLength: 3 }),
        fc.boolean(),
        cut,
        (tunnel, outer, within, changes, mended, length) => {
          let sent = frame(wrap(outside[outer], tunnel, inner(within)));
          for (const { at, to } of changes) sent[12 + at] = to;
          if (mended) mend(sent);
          if (length !== null) sent = sent.subarray(0, length);
          const expected = model(sent);
          if (expected !== sent) unwrapped++;
          assert.deepEqual(server.receive(sent), expected === "dropped" ? expected : Buffer.from(expected));
        },
      ),
      { numRuns: 1500 },
    );
    assert.ok(unwrapped > 100, `${unwrapped} of 1500 were unwrapped`);
  });

  test(`${hook}: random bytes pass as they are`, (t) => {
    const server = serverFor(t, hook);
    if (!server) return;
    fc.assert(
      fc.property(
        fc.constantFrom(0x0800, 0x86dd, 0x0806, 0x8100),
        fc.uint8Array({ minLength: 50, maxLength: 200 }),
        (type, bytes) => {
          const sent = Buffer.concat([
            macs.destination,
            macs.source,
            Buffer.from([type >> 8, type & 255]),
            bytes,
          ]);
          assert.deepEqual(server.receive(sent), sent);
        },
      ),
      { numRuns: 500 },
    );
  });
}

/** Makes an outer IPv4 header's checksum right again. */
function mend(sent: Buffer): void {
  if (sent.readUInt16BE(12) !== 0x0800) return;
  sent.writeUInt16BE(0, 24);
  sent.writeUInt16BE(checksum(sent.subarray(14, 34)), 24);
}

/** What the program should make of a frame, which is also what it gives if that is nothing. */
function model(sent: Buffer): Buffer | "dropped" {
  const type = sent.readUInt16BE(12);
  let rest = sent.subarray(14);
  let protocol: number;
  let congestion: number;
  if (type === 0x0800) {
    const length = rest.length >= 20 ? rest.readUInt16BE(2) : 0;
    if (rest[0] !== 0x45 || length < 20 || length > rest.length) return sent;
    if (rest.readUInt16BE(6) & 0x3fff || checksum(rest.subarray(0, 20)) !== 0) return sent;
    protocol = rest[9]!;
    congestion = rest[1]! & 3;
    rest = rest.subarray(20, length);
  } else if (type === 0x86dd) {
    const length = rest.length >= 40 ? rest.readUInt16BE(4) + 40 : 0;
    if (rest[0]! >> 4 !== 6 || length < 40 || length > rest.length) return sent;
    protocol = rest[6]!;
    congestion = (rest[1]! >> 4) & 3;
    rest = rest.subarray(40, length);
  } else return sent;
  if (protocol === 17) {
    if (rest.length < 12 || rest.readUInt16BE(2) !== 6080) return sent;
    const length = rest.readUInt16BE(4);
    if (length < 12 || length > rest.length || rest[8] !== 0 || rest.readUInt16BE(10) !== 0) return sent;
    protocol = rest[9]!;
    rest = rest.subarray(12, length);
  } else if (protocol === 47) {
    if (rest.length < 4) return sent;
    const flags = rest.readUInt16BE(0);
    const within = rest.readUInt16BE(2);
    if ((flags !== 0 && flags !== 0x8000) || rest.length < (flags ? 8 : 4)) return sent;
    if (within !== 0x0800 && within !== 0x86dd) return sent;
    protocol = within === 0x0800 ? 4 : 41;
    rest = rest.subarray(flags ? 8 : 4);
  }
  const packet = Buffer.from(rest);
  const family = protocol === 4 ? 4 : 6;
  if (protocol === 4) {
    if (rest.length < 20 || rest[0]! < 0x45 || rest[0]! > 0x4f) return sent;
    const length = rest.readUInt16BE(2);
    if (length < (rest[0]! & 15) * 4 || length > rest.length) return sent;
    if (!rest.subarray(16, 20).equals(IpAddress.of(vips[4]).bytes)) return sent;
    if (congestion === 3) {
      if ((packet[1]! & 3) === 0) return "dropped";
      packet.writeUInt16BE(afterChange(packet, packet[1]! | 3), 10);
      packet[1]! |= 3;
    }
  } else if (protocol === 41) {
    if (rest.length < 40 || rest[0]! >> 4 !== 6 || rest.readUInt16BE(4) + 40 > rest.length) return sent;
    if (!rest.subarray(24, 40).equals(IpAddress.of(vips[6]).bytes)) return sent;
    if (congestion === 3) {
      if ((packet[1]! & 0x30) === 0) return "dropped";
      packet[1]! |= 0x30;
    }
  } else return sent;
  // What stands behind the outer packet, or the inner one within it, stays behind it.
  const behind = sent.subarray(rest.byteOffset - sent.byteOffset + packet.length);
  const head = Buffer.concat([sent.subarray(0, 12), Buffer.from(family === 4 ? [8, 0] : [0x86, 0xdd])]);
  return Buffer.concat([head, packet, behind]);
}

/** An IPv4 header's checksum after its second byte has changed. */
function afterChange(packet: Buffer, service: number): number {
  const before = packet.readUInt16BE(0);
  const after = (packet[0]! << 8) | service;
  let sum = (~packet.readUInt16BE(10) & 0xffff) + (~before & 0xffff) + after;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
