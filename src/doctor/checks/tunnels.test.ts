import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changed,
  cluster,
  codesOf,
  link,
  mendsOf,
  realServer,
  vip,
} from "../../../test/support/doctor-hosts.js";
import { tunnels } from "./tunnels.js";

const end = { vip, ipip: true, gre: true, gue: 6080, links: ["eth0"], clamped: [] as string[] };
const web1 = (...tunnelEnds: (typeof end)[]) => changed(cluster("tunnel"), "web1", () => ({ tunnelEnds }));

test("packets have to be taken out where they come in, by us or by the kernel", () => {
  assert.deepEqual(codesOf(tunnels, Object.values(cluster("tunnel"))), []);
  assert.deepEqual(mendsOf(tunnels, web1()), [`web1: rondo realserver tun ${vip}`]);
  assert.deepEqual(codesOf(tunnels, web1({ ...end, links: ["eth9"] })), ["web1 no-decapsulation"]);
  const kernel = changed(cluster("tunnel"), "web1", (host) => ({
    tunnelEnds: [],
    links: [...host.links, link("tunl0", { index: 3, kind: "ipip", ethernet: false })],
  }));
  assert.deepEqual(codesOf(tunnels, kernel), []);
});

test("on a lab's host its tunl0 takes them out while it is up, where they come in, by IPIP", () => {
  const standIn = (up: boolean, ...at: string[]) =>
    changed(cluster("tunnel"), "web1", (host) => ({
      tunnelEnds: [],
      links: [...host.links, link("tunl0", { index: 3, kind: "tun", ethernet: false, up })],
      standIn: { device: "tunl0", links: at },
    }));
  assert.deepEqual(codesOf(tunnels, standIn(true, "eth0")), []);
  assert.deepEqual(codesOf(tunnels, standIn(false, "eth0")), ["web1 no-decapsulation"]);
  assert.deepEqual(codesOf(tunnels, standIn(true, "eth9")), ["web1 no-decapsulation"]);
});

test("in the type that the director sends", () => {
  const gue = { type: "gue", port: 7000, checksum: "none" } as const;
  const hosts = changed(cluster("tunnel"), "director", ({ services }) => ({
    services: services.map((service) => ({
      ...service,
      servers: [realServer("192.168.4.100", "tunnel", { tunnel: gue })],
    })),
  }));
  assert.deepEqual(mendsOf(tunnels, hosts), [`web1: rondo realserver tun ${vip} --type gue:7000`]);
});

test("too long for the tunnel is told once it happened, and servers don't see to it", () => {
  const big = changed(cluster("tunnel"), "director", ({ director }) => ({
    director: { ...director!, events: { too_big: 3 } },
  }));
  const clamp = (name: string) => `${name}: rondo realserver tun ${vip} --clamp-mss`;
  assert.deepEqual(mendsOf(tunnels, big), [clamp("web1"), clamp("web2")]);
  const seen = big.map((host) => ({
    ...host,
    tunnelEnds: host.tunnelEnds.map((each) => ({ ...each, clamped: ["eth0"] })),
  }));
  assert.deepEqual(codesOf(tunnels, seen), []);
});
