import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { examine } from "../examine.js";
import { directorVip } from "./director-vip.js";

const without = changed(cluster("droute"), "director", ({ addresses, ways }) => ({
  addresses: addresses.filter(({ address }) => address !== vip),
  ways: ways.map((way) => (way.to === vip ? { to: vip, local: false, link: "eth0" } : way)),
}));

test("a director without its VIP", () => {
  assert.deepEqual(codesOf(directorVip, Object.values(cluster("droute"))), []);
  assert.deepEqual(mendsOf(directorVip, without), [`director: rondo director vip add ${vip}/24 dev eth0`]);
});

test("one that stands by: another director has it, or a stranger answers for it", () => {
  const other = { ...cluster("droute").director, host: "master" };
  assert.deepEqual(codesOf(directorVip, [...without, other]), []);
  const heard = without.map((host) =>
    host.host === "director"
      ? { ...host, arp: [{ address: vip, link: "eth0", macs: ["02:99:00:00:00:01"] }] }
      : host,
  );
  assert.deepEqual(codesOf(directorVip, heard), []);
});

test("no leave to ask for routes", () => {
  const hosts = changed(cluster("droute"), "director", () => ({
    sysctls: { "net.ipv4.conf.lo.forwarding": "0" },
  }));
  assert.deepEqual(codesOf(directorVip, hosts), ["director lo-forwarding"]);
});

test("nobody is asked who has an IPv6 VIP: no second director is made", () => {
  const hosts = changed(cluster("droute"), "director", ({ services: [service] }) => ({
    services: [{ ...service!, name: "-t [fd66::15]:80", vip: "fd66::15" }],
  }));
  const [found] = examine(hosts, [directorVip]);
  assert.deepEqual([found?.code, found?.mend], ["vip-missing-director", []]);
  assert.match(found?.cure ?? "", /rondo director vip add fd66::15\/128 dev eth0/);
});
