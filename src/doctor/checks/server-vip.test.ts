import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, host, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
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
  const routed = withVip().map((each) =>
    each.host === "web1" ? { ...each, ways: [{ to: vip, local: true, link: "lo" }] } : each,
  );
  assert.deepEqual(codesOf(serverVip, routed), []);
  assert.deepEqual(codesOf(serverVip, Object.values(cluster("masq"))), []);
});

test("who is to have the VIP is made quiet first", () => {
  const loud = withVip().map((each) => (each.host === "web1" ? { ...each, sysctls: {} } : each));
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
  const odd = withVip({ link: "e$(id);x", prefixLength: 24 }).map((each) => ({
    ...each,
    links: each.links.map((link) => (link.name === "eth0" ? { ...link, name: "e$(id);x" } : link)),
  }));
  assert.deepEqual(mendsOf(serverVip, odd).at(-1), `web1: ip addr del ${vip}/24 dev 'e$(id);x'`);
});

test("a real server alone, whose VIP is named", () => {
  const alone = host("web1", "192.168.4.100", { role: "server", vips: [vip] });
  assert.deepEqual(codesOf(serverVip, [alone]), ["web1 vip-missing-server"]);
  assert.deepEqual(codesOf(serverVip, [{ ...cluster("droute").web1, role: "server", vips: [vip] }]), []);
});
