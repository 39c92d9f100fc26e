import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import {
  type Be16,
  constant32,
  Ethernet,
  EtherType,
  type Hook,
  IpProtocol,
  Ipv4,
  Ipv6,
  type Packet,
  packetProgram,
  type U32,
  Udp,
  when,
} from "../../src/asm/index.js";
import { attachTcx, attachXdp, bpfAccess, createMapsOf, loadWritten } from "../../src/bpf/index.js";
import { Answer, answerer } from "../../src/dataplane/xdp/answer.js";
import { noServer } from "../../src/dataplane/xdp/layout.js";
import { withNetworkNamespace } from "../../src/sys/index.js";
import { ip, type Place, places } from "./netlink-places.js";

const refusedPort = 9;
const narrowPort = 10;
const mtu = 1300;

/** Refuses what goes to one port, and finds what goes to another too big. All else is the host's. */
const gate = (hook: Hook) => {
  const answer = answerer(hook);
  return packetProgram("gate", hook, (packet: Packet) => {
    const length = packet.length;
    const ethernet = packet.header(Ethernet);
    const decide = (port: Be16) => {
      when(port.is(refusedPort), () =>
        packet.end(answer(packet.context, Answer.unreachable, 0, constant32(noServer))),
      );
      when(port.is(narrowPort).and(length.above(mtu + Ethernet.size)), () =>
        packet.end(answer(packet.context, Answer.tooBig, mtu, constant32(noServer))),
      );
      packet.pass();
    };
    const transport = (protocol: U32) => {
      const isTcp = protocol.is(IpProtocol.TCP);
      when(isTcp.or(protocol.is(IpProtocol.UDP)).not, () => packet.pass());
      decide(packet.header(Udp).destinationPort);
    };
    when(ethernet.type.is(EtherType.IPv4), () => transport(packet.header(Ipv4).protocol));
    when(ethernet.type.is(EtherType.IPv6), () => {
      packet.continueAfter(ethernet, constant32(Ethernet.size));
      transport(packet.header(Ipv6).nextHeader);
    });
    packet.pass();
  });
};

/** What a client asks of an address, and what its kernel tells it. */
const script = (address: string, family: 4 | 6) => `
  const dgram = require("node:dgram"), net = require("node:net");
  const udp = (port, bytes) => new Promise((done) => {
    const socket = dgram.createSocket("udp${family}");
    socket.on("error", (error) => { socket.close(); done(error.code); });
    socket.connect(port, "${address}", () => socket.send(Buffer.alloc(bytes)));
    setTimeout(() => { try { socket.close(); done("nothing"); } catch {} }, 500);
  });
  const tcp = (port) => new Promise((done) => {
    const socket = net.connect({ port, host: "${address}" });
    socket.on("error", (error) => done(error.code));
    socket.on("connect", () => done("connected"));
    socket.setTimeout(2500, () => { socket.destroy(); done("timeout"); });
  });
  (async () => {
    const small = await udp(${refusedPort}, 20), large = await udp(${refusedPort}, 1400);
    const connect = await tcp(${refusedPort});
    await udp(${narrowPort}, 1400);
    console.log(JSON.stringify({ small, large, connect }));
  })();
`;

function build(t: TestContext, hook: Hook): Place | undefined {
  const made = places(t, 2);
  if (!made) return undefined;
  if (bpfAccess() !== "yes") {
    t.skip("needs bpf");
    return undefined;
  }
  const [client, director] = made as [Place, Place];
  const peer = { name: "eth0", namespace: director.namespace, up: true };
  client.network.links.createVeth({ name: "eth0", up: true, peer });
  const native = hook === "xdp" ? { tx: false, gso: false, gro: true } : { tx: true, gso: true };
  client.network.offloads.set("eth0", native);
  for (const [place, number] of [
    [client, 1],
    [director, 2],
  ] as const) {
    place.network.addresses.add("eth0", { address: ip(`10.9.0.${number}`), prefixLength: 24 });
    place.network.addresses.add("eth0", {
      address: ip(`fd00:9::${number}`),
      prefixLength: 64,
      noDuplicateDetection: true,
    });
  }
  const program = gate(hook);
  const maps = createMapsOf(program);
  const loaded = loadWritten(program, maps);
  const { index } = director.network.links.get("eth0");
  const link = withNetworkNamespace(director.namespace, () =>
    hook === "xdp" ? attachXdp(loaded, index) : attachTcx(loaded, index),
  );
  t.after(() => {
    for (const one of [link, loaded, ...Object.values(maps)]) one.close();
  });
  return client;
}

for (const hook of ["xdp", "tc"] as const)
  test(`${hook}: a client's kernel accepts the answers: refused by UDP and TCP, the path's MTU learned`, (t) => {
    const client = build(t, hook);
    if (!client) return;
    for (const [address, family] of [
      ["10.9.0.2", 4],
      ["fd00:9::2", 6],
    ] as const) {
      const seen = client.run(process.execPath, "-e", script(address, family));
      assert.deepEqual(JSON.parse(seen), {
        small: "ECONNREFUSED",
        large: "ECONNREFUSED",
        connect: "ECONNREFUSED",
      });
      assert.match(client.run("ip", "route", "get", address), new RegExp(`mtu ${mtu}`));
    }
  });
