import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { constant32, type Hook, packetProgram } from "../../src/asm/index.js";
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
import { encapsulator } from "../../src/dataplane/xdp/encapsulate.js";
import {
  type EventName,
  eventIndex,
  Server,
  Settings,
  TunnelFlag,
  TunnelType,
} from "../../src/dataplane/xdp/layout.js";
import { tunnelOverheadOf } from "../../src/dataplane/xdp/tunnel.js";
import { IpAddress, MacAddress } from "../../src/wire/index.js";
import {
  framed,
  type IpFields,
  ipPacket,
  sctpProtocol,
  tcpProtocol,
  tcpSegment,
  udpDatagram,
  udpProtocol,
  wrap,
} from "../support/tunnel-packets.js";

const clientMac = MacAddress.of("02:00:c0:a8:04:0a").bytes;
const directorMac = MacAddress.of("02:00:c0:a8:04:05").bytes;
const serverMac = MacAddress.of("02:00:c0:a8:04:64").bytes;
const arriving = { source: clientMac, destination: directorMac };
const leaving = { source: directorMac, destination: serverMac };
const payload = Buffer.from("what a client has to say, an odd number of bytes");

const inside = {
  4: { source: "192.0.2.7", destination: "192.0.2.15" },
  6: { source: "2001:db8:7::7", destination: "2001:db8::15" },
} as const;
const outside = {
  4: { source: "10.9.0.1", destination: "10.9.0.100" },
  6: { source: "fd00:9::1", destination: "fd00:9::100" },
} as const;

class Encapsulator {
  readonly #maps: Record<string, BpfMap>;
  readonly #program: BpfProgram;
  readonly #server;

  constructor(
    t: TestContext,
    readonly hook: Hook,
    times = 1,
  ) {
    const encapsulate = encapsulator(hook);
    const program = packetProgram("wrap", hook, (packet) => {
      for (let turn = 1; turn < times; turn++) encapsulate(packet.context, constant32(3));
      packet.end(encapsulate(packet.context, constant32(3)));
    });
    this.#maps = createMapsOf(program);
    this.#program = loadWritten(program, this.#maps);
    this.#server = Server.over(this.#maps["servers"]!.memory({ write: true }).bytes, 3 * Server.size);
    t.after(() => {
      this.#program.close();
      for (const map of Object.values(this.#maps)) map.close();
    });
  }

  /** The packet as it leaves for a server behind such a tunnel. */
  run(
    family: 4 | 6,
    tunnel: { type: keyof typeof TunnelType; flags?: number },
    packet: Uint8Array,
  ): { verdict: number; packet: Buffer } {
    const server = this.#server;
    server.family = family;
    server.device = 1;
    server.mtu = 1500;
    server.nextHop.destination = serverMac;
    server.nextHop.source = directorMac;
    server.address = padded(outside[family].destination);
    server.tunnelSource = padded(outside[family].source);
    server.tunnelType = TunnelType[tunnel.type];
    server.tunnelFlags = tunnel.flags ?? 0;
    server.tunnelPort = 6080;
    return this.send(framed(packet, arriving));
  }

  send(frame: Uint8Array): { verdict: number; packet: Buffer } {
    const { verdict, packet } = testRun(this.#program, { packet: frame });
    return { verdict, packet: Buffer.from(packet) };
  }

  event(name: EventName): number {
    const { events } = Settings.over(this.#maps["settings"]!.memory().bytes);
    return Number(events[eventIndex(name)]);
  }
}

function encapsulatorFor(t: TestContext, hook: Hook, times?: number): Encapsulator | undefined {
  if (process.getuid?.() === 0 && bpfAccess() === "yes") return new Encapsulator(t, hook, times);
  t.skip("needs root");
  return undefined;
}

const tunnels = [
  { about: "IPIP", type: "ipip" },
  { about: "GUE", type: "gue" },
  { about: "GUE with checksum", type: "gue", flags: TunnelFlag.checksum, sum: true },
  {
    about: "GUE with the checksum left to the receiver",
    type: "gue",
    flags: TunnelFlag.remoteChecksum,
    sum: true,
  },
  { about: "GRE", type: "gre" },
  { about: "GRE with checksum", type: "gre", flags: TunnelFlag.checksum, sum: true },
] as const;

/** Packets to be wrapped; `unsummed` are those that no outer checksum can be told of. */
function packets(
  family: 4 | 6,
): { about: string; fields: IpFields; bytes: Uint8Array; unsummed?: boolean }[] {
  const of = (protocol: number, more: Partial<IpFields> = {}): IpFields => ({
    ...inside[family],
    protocol,
    ...more,
  });
  const tcp = (fields: IpFields) => ipPacket(fields, tcpSegment(fields, [40312, 80], { payload }));
  const plain = of(tcpProtocol);
  const marked = of(tcpProtocol, { service: 0xb9, ttl: 7 });
  const congested = of(tcpProtocol, { service: 0x03, ttl: 1 });
  const udp = of(udpProtocol);
  const sctp = of(sctpProtocol);
  const both = [
    { about: "TCP", fields: plain, bytes: tcp(plain) },
    { about: "a mark of service, few hops", fields: marked, bytes: tcp(marked) },
    { about: "congestion experienced", fields: congested, bytes: tcp(congested) },
    { about: "UDP", fields: udp, bytes: ipPacket(udp, udpDatagram(udp, [5000, 53], payload)) },
    {
      about: "UDP without checksum",
      fields: udp,
      bytes: ipPacket(udp, udpDatagram(udp, [5000, 53], payload, false)),
      unsummed: true,
    },
    { about: "SCTP", fields: sctp, bytes: ipPacket(sctp, payload), unsummed: true },
    {
      about: "TCP too short for itself",
      fields: plain,
      bytes: ipPacket(plain, Buffer.alloc(4)),
      unsummed: true,
    },
  ];
  if (family === 6) return both;
  const whole = of(tcpProtocol, { fragment: 0x4000, identification: 77 });
  const later = of(udpProtocol, { fragment: 0x0020, identification: 78 });
  const optional = of(tcpProtocol, { options: new Uint8Array(40).fill(1) });
  return [
    ...both,
    { about: "not to be fragmented", fields: whole, bytes: tcp(whole) },
    { about: "a fragment", fields: later, bytes: ipPacket(later, payload), unsummed: true },
    { about: "IP options", fields: optional, bytes: tcp(optional) },
  ];
}

/** The outer header's DSCP and ECN: congestion that was experienced is not told twice. */
const outerService = (service = 0) => ((service & 3) === 3 ? (service & 0xfc) | 2 : service);

for (const hook of ["xdp", "tc"] as const)
  test(`${hook}: packets in tunnels`, async (t) => {
    const place = encapsulatorFor(t, hook);
    if (!place) return;
    const redirected = hook === "xdp" ? XdpVerdict.redirect : TcVerdict.redirect;
    for (const tunnel of tunnels)
      for (const outer of [4, 6] as const)
        for (const inner of [4, 6] as const)
          for (const { about, fields, bytes, unsummed } of packets(inner))
            await t.test(`${tunnel.about}, IPv${inner} in IPv${outer}: ${about}`, () => {
              const { verdict, packet } = place.run(outer, tunnel, bytes);
              assert.equal(verdict, redirected);
              const wantsSum = "sum" in tunnel && !unsummed;
              const port = tunnel.type === "gue" ? sourcePort(packet, outer) : 0;
              if (tunnel.type === "gue") assert.ok(port >= 32768 && port < 61000, `source port ${port}`);
              const identification = outer === 4 ? Buffer.from(packet).readUInt16BE(14 + 4) : 0;
              const fragment = (fields.fragment ?? 0) & 0x4000;
              if (fragment) assert.equal(identification, 0);
              const expected = wrap(
                {
                  ...outside[outer],
                  ttl: fields.ttl ?? 64,
                  service: outerService(fields.service),
                  fragment,
                  identification,
                },
                { type: tunnel.type, sum: wantsSum, sourcePort: port },
                bytes,
              );
              assert.deepEqual(packet, Buffer.from(framed(expected, leaving)));
              if (!("sum" in tunnel) || wantsSum) {
                const flags = "flags" in tunnel ? tunnel.flags : 0;
                const longer = tunnelOverheadOf({
                  family: outer,
                  tunnelType: TunnelType[tunnel.type],
                  tunnelFlags: flags,
                });
                assert.equal(packet.length - 14 - bytes.length, longer);
              }
            });
  });

test("what a short frame was filled up with stays behind the packet and out of its length", (t) => {
  const place = encapsulatorFor(t, "xdp");
  if (!place) return;
  const fields = { ...inside[4], protocol: udpProtocol };
  const packet = ipPacket(fields, udpDatagram(fields, [5000, 53], Buffer.from("hi")));
  const padding = Buffer.alloc(16, 0xaa);
  const { packet: sent } = place.run(4, { type: "ipip" }, Buffer.concat([packet, padding]));
  const identification = Buffer.from(sent).readUInt16BE(18);
  const expected = wrap({ ...outside[4], identification }, { type: "ipip" }, packet);
  assert.deepEqual(sent, Buffer.concat([framed(expected, leaving), padding]));
});

test("flows differ in GUE's source port, packets of one flow don't", (t) => {
  const place = encapsulatorFor(t, "xdp");
  if (!place) return;
  const ports = new Set<number>();
  for (let client = 0; client < 200; client++) {
    const fields = { source: `192.0.2.${client}`, destination: "192.0.2.15", protocol: tcpProtocol };
    const portOf = (flags: number): number => {
      const bytes = ipPacket(fields, tcpSegment(fields, [40000 + (client % 7), 80], { flags }));
      return sourcePort(place.run(4, { type: "gue" }, bytes).packet, 4);
    };
    const [first, second] = [portOf(2), portOf(16)];
    assert.equal(first, second);
    ports.add(first);
  }
  assert.ok(ports.size > 180, `${ports.size} ports for 200 flows`);
});

test("too little room in front of a packet: dropped and counted", (t) => {
  // Each turn wraps what the one before made; a driver leaves 256 bytes, of which the kernel keeps some for itself.
  const place = encapsulatorFor(t, "xdp", 7);
  if (!place) return;
  const fields = { ...inside[6], protocol: tcpProtocol };
  const bytes = ipPacket(fields, tcpSegment(fields, [40000, 80]));
  assert.equal(place.run(6, { type: "ipip" }, bytes).verdict, XdpVerdict.drop);
  assert.ok(place.event("no_headroom") > 0);
});

test("what is no IP packet, or only its beginning, is dropped", (t) => {
  const place = encapsulatorFor(t, "xdp");
  if (!place) return;
  for (const family of [4, 6] as const) {
    const fields = { ...inside[family], protocol: tcpProtocol };
    const bytes = ipPacket(fields, tcpSegment(fields, [40000, 80]));
    assert.equal(place.run(4, { type: "gue" }, bytes.subarray(0, 19)).verdict, XdpVerdict.drop);
  }
  const arp = Buffer.concat([clientMac, directorMac, Buffer.from("0806", "hex"), Buffer.alloc(46)]);
  assert.equal(place.send(arp).verdict, XdpVerdict.drop);
});

const sourcePort = (frame: Uint8Array, family: 4 | 6) =>
  Buffer.from(frame).readUInt16BE(14 + (family === 4 ? 20 : 40));

function padded(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(IpAddress.of(address).bytes);
  return bytes;
}
