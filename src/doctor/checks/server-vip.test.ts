import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { serverVip } from "./server-vip.js";

const withVip = (...places: { link: string; prefixLength: number }[]) =>
  changed(cluster("droute"), "web1", ({ addresses }) => ({
    addresses: [
      ...addresses.filter(({ address }) => address !== vip),
      ...places.map((place) => ({ ...place, address: vip })),
    ],
  }));

test("the VIP belongs on lo, with all bits", () => {
  assert.deepEqual(codesOf(serverVip, withVip({ link: "lo", prefixLength: 32 })), []);
  assert.deepEqual(mendsOf(serverVip, withVip()), [`web1: ip addr add ${vip}/32 dev lo`]);
  assert.deepEqual(mendsOf(serverVip, withVip({ link: "eth0", prefixLength: 24 })), [
    `web1: ip addr add ${vip}/32 dev lo`,
    `web1: ip addr del ${vip}/24 dev eth0`,
  ]);
  assert.deepEqual(
    mendsOf(serverVip, withVip({ link: "eth0", prefixLength: 24 }, { link: "lo", prefixLength: 32 })),
    [`web1: ip addr del ${vip}/24 dev eth0`],
  );
  assert.deepEqual(codesOf(serverVip, withVip({ link: "lo", prefixLength: 24 })), ["web1 vip-mask"]);
});

test("a route of type local does as well; NAT servers have no VIP", () => {
  const routed = withVip().map((host) =>
    host.host === "web1" ? { ...host, ways: [{ to: vip, local: true, link: "lo" }] } : host,
  );
  assert.deepEqual(codesOf(serverVip, routed), []);
  assert.deepEqual(codesOf(serverVip, Object.values(cluster("masq"))), []);
});

test("who is to have the VIP is made quiet first", () => {
  const loud = withVip().map((host) => (host.host === "web1" ? { ...host, sysctls: {} } : host));
  assert.deepEqual(mendsOf(serverVip, loud), [
    "web1: sysctl -w net.ipv4.conf.all.arp_ignore=1",
    "web1: sysctl -w net.ipv4.conf.all.arp_announce=2",
    `web1: ip addr add ${vip}/32 dev lo`,
  ]);
});

test("a VIP that goes from an interface takes the server's own address not with it", () => {
  const first = changed(cluster("droute"), "web1", ({ addresses }) => ({
    addresses: [
      { link: "eth0", address: vip, prefixLength: 24 },
      ...addresses.filter(({ address }) => address !== vip),
    ],
  }));
  assert.deepEqual(mendsOf(serverVip, first), [
    `web1: ip addr add ${vip}/32 dev lo`,
    "web1: sysctl -w net.ipv4.conf.eth0.promote_secondaries=1",
    `web1: ip addr del ${vip}/24 dev eth0`,
  ]);
});

test("odd names stand for themselves in commands", () => {
  const odd = withVip({ link: "e$(id);x", prefixLength: 24 }).map((host) => ({
    ...host,
    links: host.links.map((link) => (link.name === "eth0" ? { ...link, name: "e$(id);x" } : link)),
  }));
  assert.deepEqual(mendsOf(serverVip, odd).at(-1), `web1: ip addr del ${vip}/24 dev 'e$(id);x'`);
});
