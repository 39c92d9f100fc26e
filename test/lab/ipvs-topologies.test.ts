import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { explainMissing, pinFolder, removePins } from "../../src/bpf/index.js";
import { resetDirector, XdpPlane } from "../../src/dataplane/xdp/index.js";
import type { ServiceStatus } from "../../src/ipvs/model.js";
import { networkNamespaceCookie, withNetworkNamespace, writeSysctl } from "../../src/sys/index.js";
import { ip, type Place, places, until } from "./netlink-places.js";
import { Peer, type PeerProtocol } from "./peers.js";

// What the kernel tries of its own IPVS (tools/testing/selftests/net/netfilter/ipvs.sh): its three topologies, 32 random bytes
// that have to arrive as they were sent. Here for each protocol and family, and with an answer.

const rondo = fileURLToPath(new URL("../../../bin/rondo", import.meta.url));
const families = [4, 6] as const;
const protocols: readonly PeerProtocol[] = ["tcp", "udp", "sctp"];
type Family = (typeof families)[number];

const port = 8080;
const vip = { 4: "203.0.113.110", 6: "2001:db8:ffff::110" };
const at = {
  client: { 4: "10.0.0.2", 6: "fd00:a::2" },
  gateway: { 4: "10.0.0.1", 6: "fd00:a::1" },
  director: { 4: "172.16.0.1", 6: "fd00:b::1" },
  server: { 4: "172.16.0.2", 6: "fd00:b::2" },
  direct: { 4: "10.0.0.3", 6: "fd00:a::3" },
};

interface Hosts {
  readonly client: Place;
  readonly director: Place;
  readonly server: Place;
}

/**
 * The client has a switch with director and server; these two have a network of their own besides. All offloads are as the
 * kernel has them.
 *
 *     client  br0 --- front  director  back
 *              |                        |
 *              +----- direct  server  inner
 */
function hosts(t: TestContext): Hosts | undefined {
  const made = places(t, 3);
  if (!made) return undefined;
  const missing = explainMissing("maps", "tc", "timers", "loops");
  if (missing) {
    t.skip(missing);
    return undefined;
  }
  const [client, director, server] = made as [Place, Place, Place];
  const cookieOf = ({ namespace }: Place) => withNetworkNamespace(namespace, networkNamespaceCookie);
  const [directorCookie, serverCookie] = [cookieOf(director), cookieOf(server)];
  t.after(() => {
    resetDirector(undefined, directorCookie);
    removePins(pinFolder(serverCookie, "server"));
    rmSync(`/run/rondo/realserver-${serverCookie.toString(16)}.json`, { force: true });
  });
  client.network.links.createBridge({ name: "br0", up: true });
  for (const [name, far, place] of [
    ["to_director", "front", director],
    ["to_server", "direct", server],
  ] as const) {
    client.network.links.createVeth({
      name,
      up: true,
      peer: { name: far, namespace: place.namespace, up: true },
    });
    client.network.links.change(name, { master: "br0" });
  }
  director.network.links.createVeth({
    name: "back",
    up: true,
    peer: { name: "inner", namespace: server.namespace, up: true },
  });
  for (const family of families) {
    address(client, "br0", family, at.client);
    address(director, "front", family, at.gateway);
    address(director, "back", family, at.director);
    address(director, "lo", family, vip, family === 4 ? 32 : 128);
    address(server, "inner", family, at.server);
    address(server, "direct", family, at.direct);
    client.network.routes.add({ destination: ip(vip[family]), gateway: ip(at.gateway[family]), link: "br0" });
  }
  return { client, director, server };
}

function address(
  { network }: Place,
  link: string,
  family: Family,
  addresses: Record<Family, string>,
  prefixLength = family === 4 ? 24 : 64,
): void {
  const noDuplicateDetection = family === 6;
  network.addresses.add(link, { address: ip(addresses[family]), prefixLength, noDuplicateDetection });
}

const sysctls = ({ namespace }: Place, values: Readonly<Record<string, number>>) =>
  withNetworkNamespace(namespace, () => {
    for (const [name, value] of Object.entries(values)) writeSysctl(name, value);
  });

const endpoint = (family: Family, addresses: Record<Family, string>) =>
  family === 4 ? `${addresses[4]}:${port}` : `[${addresses[6]}]:${port}`;
const optionOf = { tcp: "-t", udp: "-u", sctp: "--sctp-service" };

/** One service for each protocol and family, with one server: by ipvsadm. */
function direct({ namespace }: Place, method: string): void {
  const rules = families.flatMap((family) =>
    protocols.flatMap((protocol) => {
      const service = `${optionOf[protocol]} ${endpoint(family, vip)}`;
      return [`-A ${service} -s rr`, `-a ${service} -r ${endpoint(family, at.server)} ${method}`];
    }),
  );
  run(namespace, ["ipvsadm", "-R"], `${rules.join("\n")}\n`);
}

function run(namespace: number, words: readonly string[], input = ""): void {
  const { status, stdout, stderr } = withNetworkNamespace(namespace, () =>
    spawnSync(process.execPath, [rondo, ...words], { encoding: "utf8", input, timeout: 30_000 }),
  );
  assert.equal(status, 0, stdout + stderr);
}

/** What makes the server's own VIP silent on its networks. */
const silent = {
  "net.ipv4.conf.all.arp_ignore": 1,
  "net.ipv4.conf.all.arp_announce": 2,
  "net.ipv4.conf.all.rp_filter": 0,
  "net.ipv4.conf.inner.rp_filter": 0,
};

interface Topology {
  readonly about: string;
  /** As ipvsadm takes it. */
  readonly method: string;
  readonly listens: Record<Family, string>;
  /** The director sees the answers too. */
  readonly seesAnswers: boolean;
  prepare(hosts: Hosts): void;
}

const topologies: readonly Topology[] = [
  {
    about: "DR",
    method: "-g",
    listens: vip,
    seesAnswers: false,
    prepare: ({ director, server }) => {
      sysctls(director, { "net.ipv4.ip_forward": 1 });
      sysctls(server, silent);
      for (const family of families) address(server, "lo", family, vip, family === 4 ? 32 : 128);
    },
  },
  {
    about: "NAT",
    method: "-m",
    listens: at.server,
    seesAnswers: true,
    prepare: ({ director, server }) => {
      sysctls(director, { "net.ipv4.ip_forward": 1, "net.ipv6.conf.all.forwarding": 1 });
      server.network.links.remove("direct");
      for (const family of families)
        server.network.routes.add({
          destination: ip(family === 4 ? "0.0.0.0" : "::"),
          prefixLength: 0,
          gateway: ip(at.director[family]),
          link: "inner",
        });
    },
  },
  {
    about: "TUN",
    method: "-i",
    listens: vip,
    seesAnswers: false,
    prepare: ({ director, server }) => {
      sysctls(director, {
        "net.ipv4.ip_forward": 0,
        "net.ipv4.conf.all.send_redirects": 0,
        "net.ipv4.conf.default.send_redirects": 0,
      });
      for (const family of families) run(server.namespace, ["realserver", "tun", vip[family]]);
    },
  },
];

for (const { about, method, listens, seesAnswers, prepare } of topologies)
  test(`${about}: 32 bytes through the VIP and back`, async (t) => {
    const made = hosts(t);
    if (!made) return;
    prepare(made);
    direct(made.director, method);
    const listen = families.map((family) => ({ address: listens[family], port }));
    const server = await Peer.start(t, made.server, listen);
    const client = await Peer.start(t, made.client);
    for (const family of families)
      for (const protocol of protocols)
        await t.test(`${protocol}, IPv${family}`, async () => {
          const bytes = Uint8Array.from(randomBytes(32));
          const answer = await client.ask({
            protocol,
            own: at.client[family],
            ownPort: 40_000,
            virtual: vip[family],
            port,
            bytes,
          });
          assert.deepEqual(answer, bytes.slice().reverse());
          await until("what the server heard", () => server.heard.length > 0);
          assert.deepEqual(server.heard.splice(0), [{ protocol, at: listens[family], bytes }]);
          const { connections, inPackets, outPackets } = statusOf(made.director, protocol, family).counters;
          assert.equal(connections, 1n);
          assert.ok(inPackets > 0n);
          assert.equal(outPackets > 0n, seesAnswers);
        });
    // What a tunnel's headers make too long for the way is not cut: the client's own way has to be narrower.
    if (method === "-i") made.client.network.links.change("br0", { mtu: 1400 });
    const peers = { server, client, listens };
    await t.test("tc: datagrams in pieces", () => inPieces(t, made, peers));
    for (const [place, link] of [
      [made.client, "to_director"],
      [made.server, "inner"],
    ] as const)
      place.network.offloads.set(link, { tx: false, gso: false, gro: true });
    run(made.director.namespace, ["director", "attach", "--hook", "xdp", "front", "back"]);
    await t.test("xdp: datagrams in pieces", () => inPieces(t, made, peers));
  });

interface Peers {
  readonly server: Peer;
  readonly client: Peer;
  readonly listens: Record<Family, string>;
}

/** Datagrams of 4000 bytes, there and back, in three fragments each; and an echo request, which is the director's own. */
async function inPieces(t: TestContext, { client: place, director }: Hosts, peers: Peers): Promise<void> {
  for (const family of families) {
    const bytes = Uint8Array.from(randomBytes(4000));
    const before = statusOf(director, "udp", family).counters.inPackets;
    const answer = await peers.client.ask({
      protocol: "udp",
      own: at.client[family],
      ownPort: 40_001,
      virtual: vip[family],
      port,
      bytes,
    });
    assert.deepEqual(answer, bytes.slice().reverse());
    await until("what the server heard", () => peers.server.heard.length > 0);
    assert.deepEqual(peers.server.heard.splice(0), [{ protocol: "udp", at: peers.listens[family], bytes }]);
    assert.equal(statusOf(director, "udp", family).counters.inPackets - before, 3n);
    const ping = withNetworkNamespace(place.namespace, () =>
      spawnSync("ping", ["-c", "1", "-W", "2", "-s", "4000", vip[family]], { encoding: "utf8" }),
    );
    if (ping.error && process.env["CI"] !== "true") t.diagnostic("needs ping");
    else assert.equal(ping.status, 0, ping.stdout + ping.stderr);
  }
}

function statusOf({ namespace }: Place, protocol: PeerProtocol, family: Family): ServiceStatus {
  return withNetworkNamespace(namespace, () => {
    const plane = new XdpPlane();
    try {
      return plane.service({ kind: "address", protocol, address: ip(vip[family]), port })!;
    } finally {
      plane.close();
    }
  });
}
