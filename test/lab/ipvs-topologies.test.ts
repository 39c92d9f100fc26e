import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import { withNetworkNamespace } from "../../src/sys/index.js";
import {
  address,
  at,
  endpoint,
  type Family,
  families,
  type Hosts,
  hosts,
  optionOf,
  port,
  protocols,
  run,
  silent,
  statusOf,
  sysctls,
  vip,
} from "./ipvs-hosts.js";
import { ip, type Place, until } from "./netlink-places.js";
import { Peer } from "./peers.js";

// What the kernel tries of its own IPVS (tools/testing/selftests/net/netfilter/ipvs.sh): its three topologies, 32 random bytes
// that have to arrive as they were sent. Here for each protocol and family, and with an answer.

/** One service for each protocol and family, with one server: by ipvsadm. */
function direct({ namespace }: Place, method: string): void {
  const rules = families.flatMap((family) =>
    protocols.flatMap((protocol) => {
      const service = `${optionOf[protocol]} ${endpoint(vip[family], port)}`;
      return [`-A ${service} -s rr`, `-a ${service} -r ${endpoint(at.server[family], port)} ${method}`];
    }),
  );
  run(namespace, ["ipvsadm", "-R"], `${rules.join("\n")}\n`);
}

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
    // The kernel brings fragments together first, and counts what that gives.
    assert.equal(statusOf(director, "udp", family).counters.inPackets - before, 1n);
    const ping = withNetworkNamespace(place.namespace, () =>
      spawnSync("ping", ["-c", "1", "-W", "2", "-s", "4000", vip[family]], { encoding: "utf8" }),
    );
    if (ping.error && process.env["CI"] !== "true") t.diagnostic("needs ping");
    else assert.equal(ping.status, 0, ping.stdout + ping.stderr);
  }
}
