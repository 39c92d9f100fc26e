import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { examine } from "../examine.js";
import type { Finding } from "../finding.js";
import { arpSettings } from "./arp-settings.js";

test("the greater of all and the device's own counts", () => {
  const hosts = cluster("droute");
  const set = (sysctls: Record<string, string>) => changed(hosts, "web1", () => ({ sysctls }));
  const all = "net.ipv4.conf.all.arp_";
  const own = "net.ipv4.conf.eth0.arp_";
  assert.deepEqual(codesOf(arpSettings, Object.values(hosts)), []);
  assert.deepEqual(codesOf(arpSettings, set({ [`${own}ignore`]: "1", [`${own}announce`]: "2" })), []);
  const low = set({ [`${all}announce`]: "1", "net.ipv4.conf.lo.arp_ignore": "1" });
  assert.deepEqual(codesOf(arpSettings, low), ["web1 arp-ignore", "web1 arp-announce"]);
  assert.deepEqual(mendsOf(arpSettings, low), [
    "web1: sysctl -w net.ipv4.conf.all.arp_ignore=1",
    "web1: sysctl -w net.ipv4.conf.all.arp_announce=2",
  ]);
});

test("only values that the kernel keeps quiet at will do, and a device's own may undo that of all", () => {
  const announce = { "net.ipv4.conf.all.arp_announce": "2" };
  const set = (all: number, own: number) =>
    changed(cluster("droute"), "web1", () => ({
      sysctls: {
        ...announce,
        "net.ipv4.conf.all.arp_ignore": `${all}`,
        "net.ipv4.conf.eth0.arp_ignore": `${own}`,
      },
    }));
  const mend = (part: string) => `web1: sysctl -w net.ipv4.conf.${part}.arp_ignore=1`;
  for (const value of [1, 2, 8]) {
    assert.deepEqual(mendsOf(arpSettings, set(value, 0)), [], `all ${value}`);
    assert.deepEqual(mendsOf(arpSettings, set(0, value)), [], `own ${value}`);
  }
  for (const value of [3, 4, 5, 6, 7, 9]) {
    assert.deepEqual(mendsOf(arpSettings, set(value, 0)), [mend("all")], `all ${value}`);
    assert.deepEqual(mendsOf(arpSettings, set(1, value)), [mend("eth0")], `own ${value}`);
    assert.deepEqual(mendsOf(arpSettings, set(0, value)), [mend("all"), mend("eth0")], `own ${value} alone`);
  }
  const [{ what }] = examine(set(0, 3), [arpSettings]) as [Finding];
  assert.equal(what, `arp_ignore is 3 at eth0, so this host answers ARP for ${vip}`);
  const announced = changed(cluster("droute"), "web1", ({ sysctls }) => ({
    sysctls: { ...sysctls, "net.ipv4.conf.all.arp_announce": "3" },
  }));
  assert.deepEqual(mendsOf(arpSettings, announced), ["web1: sysctl -w net.ipv4.conf.all.arp_announce=2"]);
});

test("arptables may do it instead; NAT servers and hosts without the VIP need nothing", () => {
  const arptables = `*filter\n-A INPUT -j DROP -d ${vip}\n-A OUTPUT -j mangle -s ${vip} --mangle-ip-s 192.168.4.100\n`;
  const quiet = changed(cluster("droute"), "web1", () => ({ sysctls: {}, firewall: { arptables } }));
  assert.deepEqual(codesOf(arpSettings, quiet), []);
  assert.deepEqual(codesOf(arpSettings, Object.values(cluster("masq"))), []);
  const without = changed(cluster("droute"), "web1", ({ addresses }) => ({
    sysctls: {},
    addresses: addresses.filter(({ address }) => address !== vip),
  }));
  assert.deepEqual(codesOf(arpSettings, without), []);
});

test("a real server alone is known by what stands on its lo", () => {
  const { web1 } = cluster("droute");
  assert.deepEqual(codesOf(arpSettings, [{ ...web1, sysctls: {} }]), [
    "web1 arp-ignore",
    "web1 arp-announce",
  ]);
});
