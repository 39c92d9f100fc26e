import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
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
