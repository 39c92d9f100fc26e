import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { type Hook, type PlainStruct, type Program, packetProgram } from "../../src/asm/index.js";
import {
  type BpfMap,
  type BpfProgram,
  bpfAccess,
  createMapsOf,
  loadWritten,
  testRun,
  xdpContext,
} from "../../src/bpf/index.js";
import {
  Entry,
  EntryFlag,
  type EventName,
  eventIndex,
  Kind,
  Method,
  Ready,
  Server,
  Settings,
  Statistics,
  TunnelFlag,
  TunnelType,
  ticks,
  Use,
} from "../../src/dataplane/xdp/layout.js";
import { relater } from "../../src/dataplane/xdp/related.js";
import { tickNow } from "../../src/dataplane/xdp/state.js";
import { connectionTable } from "../../src/dataplane/xdp/table.js";
import { withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import {
  checksum,
  concat,
  decodeIcmp,
  decodeIpv4,
  ethernet,
  get16,
  IpAddress,
  IpProtocol,
  type Ipv4Options,
  ipv4,
  ipv6,
  MacAddress,
  put16,
} from "../../src/wire/index.js";
import { type Place, places } from "./netlink-places.js";

const routerMac = "02:00:c0:a8:04:01";
const directorMac = "02:00:c0:a8:04:05";
const clientMac = "02:00:c0:a8:04:0a";
const serverMac = "02:00:c0:a8:04:64";
const addresses = {
  4: {
    client: "192.168.4.10",
    vip: "192.168.4.15",
    server: "192.168.4.100",
    router: "192.168.4.1",
    own: "192.168.4.5",
  },
  6: {
    client: "fd00:4::10",
    vip: "fd00:4::15",
    server: "fd00:4::100",
    router: "fd00:4::1",
    own: "fd00:4::5",
  },
} as const;
type Family = 4 | 6;
const [clientPort, virtualPort, serverPort] = [40000, 80, 8080];

const padded = (text: string) => {
  const bytes = new Uint8Array(16);
  bytes.set(IpAddress.of(text).bytes);
  return bytes;
};
const packetOf = (
  family: Family,
  options: { source: string; destination: string; ttl?: number; ipOptions?: Uint8Array },
) => {
  const { source, destination, ttl = 64, ipOptions } = options;
  return family === 4
    ? ipv4({ source, destination, ttl, identification: 7, ...(ipOptions && { options: ipOptions }) })
    : ipv6({ source, destination, hopLimit: ttl });
};
const frameOf = (
  from: string,
  to: string,
  family: Family,
  options: { source: string; destination: string; ttl?: number; ipOptions?: Uint8Array },
) => {
  const { source, destination, ttl = 64, ipOptions } = options;
  const frame = ethernet({ source: from, destination: to });
  return family === 4
    ? frame.ipv4({ source, destination, ttl, ...(ipOptions && { options: ipOptions }) })
    : frame.ipv6({ source, destination, hopLimit: ttl });
};

/** A quoted packet with other ends; the sum of its transport stays. */
function withEnd(
  family: Family,
  packet: Uint8Array,
  end: "source" | "destination",
  address: string,
  port: number,
): Uint8Array {
  const out = Uint8Array.from(packet);
  const header = family === 4 ? (out[0]! & 15) * 4 : 40;
  const size = family === 4 ? 4 : 16;
  out.set(IpAddress.of(address).bytes, (family === 4 ? 12 : 8) + (end === "source" ? 0 : size));
  put16(out, header + (end === "source" ? 0 : 2), port);
  if (family === 4) {
    put16(out, 10, 0);
    put16(out, 10, checksum(out.subarray(0, header)));
  }
  return out;
}

/** What a connection remembers of its server's method. */
const methodFlags = new Map<number, number>([
  [Method.masq, EntryFlag.nat],
  [Method.tunnel, EntryFlag.tunnel],
]);

interface Setup {
  readonly method?: number;
  readonly flags?: number;
  readonly ready?: number;
  readonly protocol?: number;
  readonly expires?: number;
  readonly tunnel?: Partial<PlainStruct<(typeof Server)["shape"]>>;
}

/** Written once for all tests. */
const relating = Object.fromEntries(
  (["xdp", "tc"] as const).map((hook) => {
    const related = relater(hook, {
      table: connectionTable(1),
      secrets: [1n, 3n, 5n],
      // What a tunnel would do is tried elsewhere: here the server's number is seen.
      encapsulate: (_, server) => server.add(77),
    });
    return [hook, packetProgram("relating", hook, (packet) => packet.end(related(packet.context)))];
  }),
) as Record<Hook, Program>;

/** A director's maps with one connection of one server in them, in a namespace where both and the client can be reached. */
class RelatedPlace {
  readonly #program: BpfProgram;
  readonly #maps: Record<string, BpfMap>;
  readonly device: number;

  constructor(
    readonly t: TestContext,
    readonly place: Place,
    readonly hook: Hook,
  ) {
    const { links, addresses: assign, neighbours } = place.network;
    links.createVeth({ name: "eth0", mac: directorMac, up: true, peer: { name: "far0", up: true } });
    this.device = links.get("eth0").index;
    for (const family of [4, 6] as const) {
      const { own, vip, client, server } = addresses[family];
      assign.add("eth0", {
        address: IpAddress.of(own),
        prefixLength: family === 4 ? 24 : 64,
        ...(family === 6 && { noDuplicateDetection: true }),
      });
      assign.add("eth0", {
        address: IpAddress.of(vip),
        prefixLength: family === 4 ? 32 : 128,
        ...(family === 6 && { noDuplicateDetection: true }),
      });
      neighbours.replace("eth0", IpAddress.of(client), MacAddress.of(clientMac));
      neighbours.replace("eth0", IpAddress.of(server), MacAddress.of(serverMac));
    }
    withNetworkNamespace(place.namespace, () => {
      writeSysctl("net.ipv4.conf.lo.forwarding", 1);
      writeSysctl("net.ipv6.conf.all.forwarding", 1);
    });
    t.after(() => {
      for (const one of [this.#program, ...Object.values(this.#maps)]) one.close();
    });
    this.#maps = createMapsOf(relating[hook]);
    this.#program = loadWritten(relating[hook], this.#maps);
  }

  setUp(
    family: Family,
    {
      method = Method.masq,
      flags = 0,
      ready = Ready.yes,
      protocol = 6,
      expires = 60,
      tunnel = {},
    }: Setup = {},
  ): void {
    const { client, vip, server } = addresses[family];
    const memory = (name: string) => this.#maps[name]!.memory({ write: true }).bytes;
    memory("connections").fill(0);
    memory("settings").fill(0);
    memory("icmp_limits").fill(0);
    const record = Server.over(memory("servers"), 3 * Server.size);
    Object.assign(record, {
      ready,
      checked: (tickNow() - 1) >>> 0, // The coarse clock may be behind.
      device: this.device,
      address: padded(server),
      port: serverPort,
      method,
      family,
      use: Use.live,
      serviceAddress: padded(vip),
      serviceFamily: family,
      servicePort: virtualPort,
      serviceProtocol: protocol,
      mtu: 1500,
      pathMtu: 0,
      tunnelType: TunnelType.ipip,
      tunnelFlags: 0,
      tunnelPort: 0,
      ...tunnel,
    });
    record.nextHop.destination.set(MacAddress.of(serverMac).bytes);
    record.nextHop.source.set(MacAddress.of(directorMac).bytes);
    const key = (one: string, other: string) => {
      const bytes = new Uint8Array(32);
      bytes.set(concat(IpAddress.of(one).bytes, IpAddress.of(other).bytes));
      const words = new BigUint64Array(bytes.buffer);
      return [...words];
    };
    const write = (slot: number, values: object) =>
      Object.assign(Entry.over(memory("connections"), slot * Entry.size), {
        protocol,
        family,
        server: 3,
        expires: (tickNow() + ticks(expires)) >>> 0,
        ...values,
      });
    const live = BigInt(Kind.live);
    write(1, {
      word: (9n << 32n) | live | BigInt(flags | (methodFlags.get(method) ?? 0)),
      clientPort,
      virtualPort,
      addresses: key(client, vip),
    });
    if (method === Method.masq)
      write(2, {
        word: live | BigInt(EntryFlag.alias),
        clientPort: flags & EntryFlag.samePort ? virtualPort : serverPort,
        virtualPort: clientPort,
        addresses: key(server, client),
        reference: 1,
        referenceGeneration: 9,
      });
  }

  run(packet: Uint8Array): { verdict: number; packet: Uint8Array } {
    return withNetworkNamespace(this.place.namespace, () => {
      const context = this.hook === "xdp" ? xdpContext(packet.length, this.device) : tcContext(this.device);
      const { verdict, packet: out } = testRun(this.#program, { packet, context });
      return { verdict, packet: Uint8Array.from(out) };
    });
  }

  get server(): PlainStruct<(typeof Server)["shape"]> {
    return Server.over(this.#maps["servers"]!.memory().bytes, 3 * Server.size);
  }

  counts(): number[] {
    const [cpus] = this.#maps["statistics"]!.perCpuRange(3, 1);
    const all = (cpus ?? []).map((bytes) => Statistics.over(bytes));
    return (["inPackets", "inBytes", "outPackets", "outBytes"] as const).map((field) =>
      Number(all.reduce((sum, one) => sum + one[field], 0n)),
    );
  }

  countsSince(before: readonly number[]): number[] {
    return this.counts().map((count, i) => count - before[i]!);
  }

  event(name: EventName): number {
    return Number(Settings.over(this.#maps["settings"]!.memory().bytes).events[eventIndex(name)]);
  }
}

function tcContext(device: number): Uint8Array {
  const bytes = Buffer.alloc(192);
  bytes.writeUInt32LE(device, 40);
  return bytes;
}

const verdicts = {
  xdp: { drop: 1, pass: 2, redirect: 4 },
  tc: { drop: 2, pass: 0xffff_ffff, redirect: 7 },
} as const;

function relatedPlace(t: TestContext, hook: Hook): RelatedPlace | undefined {
  const made = places(t, 1);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  return new RelatedPlace(t, made[0]!, hook);
}

/** Types that are followed, by family, with a code and a second word. */
const errors = {
  4: [{ type: 3, code: 4, rest: 1300 }, { type: 3, code: 1 }, { type: 4 }, { type: 11, code: 0 }],
  6: [
    { type: 1, code: 3 },
    { type: 2, rest: 1300 },
    { type: 3, code: 0 },
    { type: 4, code: 1, rest: 6 },
    { type: 100 },
  ],
} as const;

for (const hook of ["xdp", "tc"] as const)
  for (const family of [4, 6] as const) {
    const { client, vip, server, router, own } = addresses[family];
    const answer = (protocol: number, more: { ipOptions?: Uint8Array } = {}) => {
      const packet = packetOf(family, { source: vip, destination: client, ttl: 61, ...more });
      const ports = { source: virtualPort, destination: clientPort };
      if (protocol === IpProtocol.UDP) return packet.udp(ports).payload("what the server said");
      if (protocol === IpProtocol.SCTP) return packet.sctp(ports).payload("what the server said");
      return packet.tcp({ ...ports, ack: true }).payload("what the server said");
    };
    const request = (protocol: number, port = serverPort) => {
      const packet = packetOf(family, { source: client, destination: server, ttl: 62 });
      const ports = { source: clientPort, destination: port };
      if (protocol === IpProtocol.UDP) return packet.udp(ports).payload("what the client said");
      if (protocol === IpProtocol.SCTP) return packet.sctp(ports).payload("what the client said");
      return packet.tcp({ ...ports, ack: true }).payload("what the client said");
    };
    const toVip = (
      quote: Uint8Array,
      error: { type: number; code?: number; rest?: number } = { type: 3, code: 1 },
      ttl = 64,
    ) =>
      frameOf(routerMac, directorMac, family, { source: router, destination: vip, ttl })
        .icmp(family === 6 && error.type === 3 && error.code === 1 ? { type: 1, code: 3 } : error)
        .payload(quote);
    const bytesOf = (frame: Uint8Array) => frame.length - 14;

    test(`${hook}, IPv${family}: an error about an answer goes to the server, of which it tells by NAT`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      for (const protocol of [IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP])
        for (const error of errors[family]) {
          place.setUp(family, { protocol });
          const quote = answer(protocol);
          const before = place.counts();
          const sent = toVip(quote, error);
          const { verdict, packet } = place.run(sent);
          assert.equal(verdict, verdicts[hook].redirect);
          const told = withEnd(family, quote, "source", server, serverPort);
          const expected = frameOf(directorMac, serverMac, family, {
            source: router,
            destination: server,
            ttl: 63,
          })
            .icmp(error)
            .payload(told);
          assert.deepEqual(packet, expected);
          assert.deepEqual(place.countsSince(before), [1, bytesOf(sent), 0, 0]);
        }
    });

    test(`${hook}, IPv${family}: the port stays where the connection keeps the client's`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      place.setUp(family, { flags: EntryFlag.samePort });
      const quote = answer(IpProtocol.TCP);
      const { packet } = place.run(toVip(quote));
      const told = withEnd(family, quote, "source", server, virtualPort);
      assert.deepEqual(packet.subarray(-told.length), told);
    });

    test(`${hook}, IPv${family}: by DR it goes as it is, by a tunnel it is wrapped`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      const sent = toVip(answer(IpProtocol.TCP));
      const forwarded = (to: string) =>
        frameOf(directorMac, to, family, { source: router, destination: vip, ttl: 63 })
          .icmp(family === 4 ? { type: 3, code: 1 } : { type: 1, code: 3 })
          .payload(answer(IpProtocol.TCP));
      place.setUp(family, { method: Method.droute, flags: EntryFlag.noOutput });
      const direct = place.run(sent);
      assert.equal(direct.verdict, verdicts[hook].redirect);
      assert.deepEqual(direct.packet, forwarded(serverMac));
      place.setUp(family, { method: Method.tunnel, flags: EntryFlag.noOutput });
      const wrapped = place.run(sent);
      assert.equal(wrapped.verdict, 80);
      assert.deepEqual(wrapped.packet.subarray(14), forwarded(serverMac).subarray(14));
    });

    test(`${hook}, IPv${family}: an error about a request that NAT sent on goes to the client, as from the VIP`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      for (const protocol of [IpProtocol.TCP, IpProtocol.UDP, IpProtocol.SCTP])
        for (const error of errors[family])
          for (const from of [server, router]) {
            place.setUp(family, { protocol });
            const before = place.counts();
            const quote = request(protocol);
            const sent = frameOf(serverMac, directorMac, family, { source: from, destination: client })
              .icmp(error)
              .payload(quote);
            const { verdict, packet } = place.run(sent);
            assert.equal(verdict, verdicts[hook].redirect);
            const told = withEnd(family, quote, "destination", vip, virtualPort);
            const expected = frameOf(directorMac, clientMac, family, {
              source: vip,
              destination: client,
              ttl: 63,
            })
              .icmp(error)
              .payload(told);
            assert.deepEqual(packet, expected);
            assert.deepEqual(place.countsSince(before), [0, 0, 1, bytesOf(sent)]);
          }
    });

    test(`${hook}, IPv${family}: what belongs to no connection passes as it came`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      const others: [string, Uint8Array][] = [
        [
          "an echo",
          frameOf(routerMac, directorMac, family, { source: client, destination: vip })
            .echo({ identifier: 1, sequence: 1 })
            .payload("ping"),
        ],
        ["another port", toVip(withEnd(family, answer(IpProtocol.TCP), "source", vip, 81))],
        ["another client", toVip(withEnd(family, answer(IpProtocol.TCP), "destination", router, clientPort))],
        ["another protocol", toVip(answer(IpProtocol.UDP))],
        [
          "a request to the VIP, not an answer",
          toVip(
            packetOf(family, { source: client, destination: vip })
              .tcp({ source: clientPort, destination: virtualPort })
              .bytes(),
          ),
        ],
        ["a quote of nothing", toVip(new Uint8Array())],
        ["a quote without ports", toVip(answer(IpProtocol.TCP).subarray(0, family === 4 ? 22 : 42))],
        ["a quote that is no IP", toVip(new Uint8Array(60))],
        [
          "a quote of a tunnel",
          toVip(
            packetOf(family, { source: own, destination: server })
              .ipip({ source: "10.0.0.1", destination: "10.0.0.2" })
              .payload("x"),
          ),
        ],
      ];
      if (family === 4) {
        const echo = (type: number) =>
          frameOf(routerMac, directorMac, 4, { source: router, destination: vip })
            .icmp({ type })
            .payload(answer(IpProtocol.TCP));
        others.push(["a redirect", echo(5)], ["a parameter problem", echo(12)], ["a time stamp", echo(13)]);
        const quote = answer(IpProtocol.TCP);
        quote[7] = 1;
        others.push(["a later fragment's", toVip(quote)]);
      } else {
        const solicitation = frameOf(routerMac, directorMac, 6, { source: router, destination: vip })
          .icmp({ type: 135 })
          .payload(IpAddress.of(vip).bytes);
        others.push(["a neighbour solicitation", solicitation]);
      }
      for (const [about, sent] of others) {
        place.setUp(family);
        const before = place.counts();
        const { verdict, packet } = place.run(sent);
        assert.equal(verdict, verdicts[hook].pass, about);
        assert.deepEqual(packet, sent, about);
        assert.deepEqual(place.counts(), before, about);
      }
      place.setUp(family, { expires: -1 });
      const sent = toVip(answer(IpProtocol.TCP));
      assert.equal(place.run(sent).verdict, verdicts[hook].pass, "a connection that is over");
      place.setUp(family, { ready: Ready.released });
      assert.equal(place.run(sent).verdict, verdicts[hook].pass, "a state that was let go");
    });

    test(`${hook}, IPv${family}: an error with no hop to live is not answered; a server that was taken away is still told`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      place.setUp(family);
      assert.equal(place.run(toVip(answer(IpProtocol.TCP), undefined, 1)).verdict, verdicts[hook].drop);
      assert.equal(place.event("time_to_live"), 1);
      place.setUp(family, { ready: Ready.removed });
      const before = place.counts();
      assert.equal(place.run(toVip(answer(IpProtocol.TCP))).verdict, verdicts[hook].redirect);
      assert.deepEqual(place.counts(), before, "but nothing is counted for it");
      place.setUp(family, { ready: Ready.noRoute });
      assert.equal(place.run(toVip(answer(IpProtocol.TCP))).verdict, verdicts[hook].drop);
      assert.equal(place.event("no_route"), 1);
    });

    test(`${hook}, IPv${family}: a wrong sum stays wrong`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      place.setUp(family);
      const sent = toVip(answer(IpProtocol.TCP));
      const at = 14 + (family === 4 ? 20 : 40) + 2;
      put16(sent, at, get16(sent, at) ^ 0x0101);
      const { packet } = place.run(sent);
      const whole = toVip(answer(IpProtocol.TCP));
      const right = place.run(whole).packet;
      assert.notEqual(get16(packet, at), get16(right, at));
    });
  }

for (const hook of ["xdp", "tc"] as const)
  test(`${hook}: options of both IPv4 headers are passed over`, (t) => {
    const place = relatedPlace(t, hook);
    if (!place) return;
    const { client, vip, server, router } = addresses[4];
    place.setUp(4);
    const ipOptions = new Uint8Array(40).fill(1);
    const quote = packetOf(4, { source: vip, destination: client, ipOptions })
      .tcp({ source: virtualPort, destination: clientPort })
      .bytes();
    const sent = frameOf(routerMac, directorMac, 4, { source: router, destination: vip, ipOptions })
      .icmp({ type: 11 })
      .payload(quote);
    const { packet } = place.run(sent);
    const told = withEnd(4, quote, "source", server, serverPort);
    assert.deepEqual(
      packet,
      frameOf(directorMac, serverMac, 4, { source: router, destination: server, ttl: 63, ipOptions })
        .icmp({ type: 11 })
        .payload(told),
    );
  });

interface Tunnel {
  readonly about: string;
  readonly fields: NonNullable<Setup["tunnel"]>;
  readonly overhead: number;
  wrap(outer: Ipv4Options, packet: Uint8Array): Uint8Array;
}
const tunnels: Tunnel[] = [
  {
    about: "IPIP",
    fields: { tunnelType: TunnelType.ipip },
    overhead: 20,
    wrap: (outer, packet) => ipv4({ ...outer, protocol: IpProtocol.IPIP }).payload(packet),
  },
  {
    about: "GUE",
    fields: { tunnelType: TunnelType.gue, tunnelPort: 6080 },
    overhead: 32,
    wrap: (outer, packet) => ipv4(outer).gue({ source: 40000, destination: 6080 }).packet(packet),
  },
  {
    about: "GRE",
    fields: { tunnelType: TunnelType.gre },
    overhead: 24,
    wrap: (outer, packet) => ipv4(outer).gre().packet(packet),
  },
  {
    about: "GRE with a checksum",
    fields: { tunnelType: TunnelType.gre, tunnelFlags: TunnelFlag.checksum },
    overhead: 28,
    wrap: (outer, packet) => ipv4(outer).gre({ checksum: true }).packet(packet),
  },
];

for (const hook of ["xdp", "tc"] as const)
  for (const { about, fields, overhead, wrap } of tunnels) {
    const { client, vip, server, router, own } = addresses[4];
    const inner = (dontFragment: boolean, payload = 900) =>
      ipv4({ source: client, destination: vip, ttl: 60, dontFragment })
        .tcp({ source: clientPort, destination: virtualPort, ack: true })
        .payload(new Uint8Array(payload).fill(0x41));
    const enclose = (packet: Uint8Array, to: string = server) =>
      wrap({ source: own, destination: to, ttl: 60, dontFragment: true }, packet);
    const told = (
      packet: Uint8Array,
      error: { type: number; code?: number; rest?: number },
      to: string = server,
      cut = 548,
    ) =>
      frameOf(routerMac, directorMac, 4, { source: router, destination: own })
        .icmp(error)
        .payload(enclose(packet, to).subarray(0, cut));
    const tunnelled = { method: Method.tunnel, flags: EntryFlag.noOutput, tunnel: fields };
    const assertTold = (
      out: Uint8Array,
      quote: Uint8Array,
      error: { type: number; code: number; rest: number },
    ) => {
      const ip = decodeIpv4(out.subarray(14))!;
      assert.deepEqual(
        [
          MacAddress.fromBytes(out.subarray(0, 6)).toString(),
          MacAddress.fromBytes(out.subarray(6, 12)).toString(),
        ],
        [clientMac, directorMac],
      );
      assert.deepEqual([`${ip.source}`, `${ip.destination}`, ip.ttl, ip.checksumOk], [vip, client, 64, true]);
      const { type, code, rest, checksumOk, payload } = decodeIcmp(ip.payload)!;
      assert.deepEqual({ type, code, rest, checksumOk }, { ...error, checksumOk: true });
      assert.deepEqual(payload, quote);
    };

    test(`${hook}: ${about}: too big for a router within the tunnel: the client is told what is left for him`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      for (const [mtu, believed] of [
        [1400, 1400],
        [300, 552],
      ] as const) {
        place.setUp(4, tunnelled);
        const before = place.counts();
        const packet = inner(true);
        const { verdict, packet: out } = place.run(told(packet, { type: 3, code: 4, rest: mtu }));
        assert.equal(verdict, verdicts[hook].redirect);
        const quote = packet.subarray(0, 548 - overhead);
        assertTold(out, quote, { type: 3, code: 4, rest: believed - overhead });
        assert.deepEqual([place.server.mtu, place.server.pathMtu], [believed, believed]);
        assert.deepEqual(place.countsSince(before), [0, 0, 1, quote.length]);
      }
    });

    test(`${hook}: ${about}: a client that allows fragments is told nothing, other errors he is told`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      place.setUp(4, tunnelled);
      assert.equal(
        place.run(told(inner(false), { type: 3, code: 4, rest: 1400 })).verdict,
        verdicts[hook].drop,
      );
      assert.equal(place.server.pathMtu, 1400);
      place.setUp(4, tunnelled);
      const packet = inner(false, 10);
      const { verdict, packet: out } = place.run(told(packet, { type: 11, code: 0 }));
      assert.equal(verdict, verdicts[hook].redirect);
      assertTold(out, packet, { type: 11, code: 0, rest: 0 });
      assert.equal(place.server.pathMtu, 0);
    });

    test(`${hook}: ${about}: what is no tunnel of ours is the host's, what is damaged nobody's`, (t) => {
      const place = relatedPlace(t, hook);
      if (!place) return;
      const error = { type: 3, code: 4, rest: 1400 };
      const others: [string, Uint8Array, Setup?][] = [
        ["another server's", told(inner(true), error, "192.168.4.101")],
        [
          "no connection's",
          told(
            ipv4({ source: client, destination: vip }).tcp({ source: 1, destination: virtualPort }).bytes(),
            error,
          ),
        ],
        ["not by a tunnel", told(inner(true), error), { method: Method.droute }],
        [
          "by another tunnel",
          told(inner(true), error),
          { ...tunnelled, tunnel: { tunnelType: (fields.tunnelType! + 1) % 3 } },
        ],
        ["too short a quote", told(inner(true), error, server, 28)],
      ];
      for (const [what, sent, setup = tunnelled] of others) {
        place.setUp(4, setup);
        const { verdict, packet } = place.run(sent);
        assert.equal(verdict, verdicts[hook].pass, what);
        assert.deepEqual(packet, sent, what);
      }
      place.setUp(4, tunnelled);
      const sent = told(inner(true), error);
      sent[sent.length - 1]! ^= 1;
      assert.equal(place.run(sent).verdict, verdicts[hook].drop);
      assert.equal(place.server.pathMtu, 0);
    });
  }
