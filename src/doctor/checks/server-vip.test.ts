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
