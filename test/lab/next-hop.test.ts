import assert from "node:assert/strict";
import { test } from "node:test";
import { constant32, packetProgram } from "../../src/asm/index.js";
import { createMapsOf, loadWritten, testRun, xdpContext } from "../../src/bpf/index.js";
import { allowRouting } from "../../src/dataplane/xdp/attach.js";
import { HostNetwork } from "../../src/dataplane/xdp/host-network.js";
import { Ready, Server, Use } from "../../src/dataplane/xdp/layout.js";
import { servers } from "../../src/dataplane/xdp/maps.js";
import { refresh } from "../../src/dataplane/xdp/next-hop.js";
import { withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { MacAddress } from "../../src/wire/index.js";
import { ip, places } from "./netlink-places.js";

const gatewayMac = "02:00:00:00:09:fe";
const serverMac = "02:00:00:00:09:64";

/** What a refresh finds of a server, by the family of its address and of its service's. */
const families = [
  {
    about: "IPv4",
    vip: "192.0.2.15",
    own: "10.9.0.1",
    near: "10.9.0.100",
    far: "10.66.0.1",
    gateway: "10.9.0.254",
  },
  {
    about: "IPv6",
    vip: "2001:db8::15",
    own: "fd00:9::1",
    near: "fd00:9::100",
    far: "fd66::1",
    gateway: "fd00:9::254",
  },
];

for (const { about, vip, own, near, far, gateway } of families)
  test(`${about}: next hop, MTU of the way, whose the VIP is`, (t) => {
    const made = places(t, 1);
    if (!made) return;
    const [{ network, namespace }] = made as [(typeof made)[0]];
    const family = ip(vip).family;
    network.links.createVeth({ name: "eth0", mtu: 1400, up: true, peer: { name: "far0", up: true } });
    const device = network.links.get("eth0");
    const prefixLength = family === 4 ? 24 : 64;
    network.addresses.add("eth0", { address: ip(own), prefixLength, noDuplicateDetection: family === 6 });
    network.addresses.add("lo", { address: ip(vip), prefixLength: family === 4 ? 32 : 128 });
    network.routes.add({ destination: ip(far), gateway: ip(gateway), link: "eth0" });
    // Without a way to everywhere, "no route" and "this host's own" are one answer.
    network.routes.add({ gateway: ip(gateway), link: "eth0" });
    network.neighbours.add("eth0", ip(near), MacAddress.of(serverMac));
    network.neighbours.add("eth0", ip(gateway), MacAddress.of(gatewayMac));

    const program = packetProgram("ask", "xdp", (packet) => {
      packet.end(refresh(packet.context, servers.at(0), constant32(7)));
    });
    const maps = createMapsOf(program);
    const kernel = loadWritten(program, maps);
    t.after(() => {
      kernel.close();
      for (const map of Object.values(maps)) map.close();
    });
    const server = Server.over(maps["servers"]!.memory({ write: true }).bytes);
    const ask = (to: string, virtual = vip): number => {
      server.use = Use.live;
      server.family = family;
      server.address = padded(to);
      server.serviceFamily = family;
      server.serviceProtocol = 6;
      server.serviceAddress = padded(virtual);
      return withNetworkNamespace(
        namespace,
        () => testRun(kernel, { packet: new Uint8Array(64), context: xdpContext(64, device.index) }).verdict,
      );
    };

    withNetworkNamespace(namespace, () => writeSysctl(`net.ipv${family}.conf.lo.forwarding`, 0));
    assert.equal(ask(near), Ready.noRoute);
    withNetworkNamespace(namespace, allowRouting);
    assert.equal(ask(near), Ready.yes);
    assert.equal(server.device, device.index);
    assert.equal(server.mtu, 1400);
    assert.equal(server.checked, 7);
    assert.equal(MacAddress.fromBytes(server.nextHop.destination).toString(), serverMac);
    assert.equal(MacAddress.fromBytes(server.nextHop.source).toString(), device.mac!.toString());

    server.routeMtu = 1300;
    assert.equal(ask(far), Ready.yes);
    assert.equal(server.mtu, 1300);
    server.routeMtu = 1500;
    assert.equal(ask(far), Ready.yes);
    assert.equal(server.mtu, 1400);
    assert.equal(MacAddress.fromBytes(server.nextHop.destination).toString(), gatewayMac);

    Object.assign(server, { pathMtu: 1350, pathMtuUntil: 8 });
    assert.equal(ask(far), Ready.yes);
    assert.equal(server.mtu, 1350, "what a router has told, at tick 7");
    server.pathMtuUntil = 7;
    assert.equal(ask(far), Ready.yes);
    assert.equal(server.mtu, 1400, "it was told too long ago");

    assert.equal(ask(near, far), Ready.notOurs);

    const host = withNetworkNamespace(namespace, () => new HostNetwork());
    t.after(() => host.close());
    const unknown = family === 4 ? "10.9.0.77" : "fd00:9::77";
    server.ready = Ready.unknown;
    assert.equal(ask(unknown), Ready.noNeighbour, "nobody has answered for it");
    host.keepNeighbour(ip(unknown));
    assert.equal(network.neighbours.find("eth0", ip(unknown))?.managed, true);
  });

function padded(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(ip(address).bytes);
  return bytes;
}
