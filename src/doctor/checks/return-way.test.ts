import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, link, mendsOf } from "../../../test/support/doctor-hosts.js";
import { returnWay } from "./return-way.js";

const route = (to: string, more: object = {}) => ({ to, link: "eth0", type: "unicast", metric: 0, ...more });
const web1 = (...routes: ReturnType<typeof route>[]) =>
  changed(cluster("droute"), "web1", () => ({ routes }));

test("answers go to clients past the director", () => {
  assert.deepEqual(codesOf(returnWay, Object.values(cluster("droute"))), []);
  assert.deepEqual(codesOf(returnWay, web1()), ["web1 no-way-back"]);
  const detour = [route("192.168.4.0/24"), route("192.168.4.10/32", { via: "192.168.4.5" })];
  assert.deepEqual(mendsOf(returnWay, web1(...detour)), [
    "web1: ip route del 192.168.4.10/32 via 192.168.4.5",
  ]);
  const gateway = web1(route("0.0.0.0/0", { via: "192.168.4.5" }));
  assert.deepEqual(codesOf(returnWay, gateway), ["web1 way-through-director"]);
  assert.deepEqual(mendsOf(returnWay, gateway), []);
});

test("a strict rp_filter matters where the way back is another one", () => {
  const strict = (value: string, back: string) =>
    changed(cluster("tunnel"), "web1", (host) => ({
      links: [...host.links, link("eth1", { index: 3 })],
      routes: [route("192.168.4.0/24", { link: back })],
      sysctls: { "net.ipv4.conf.all.rp_filter": value },
    }));
  assert.deepEqual(codesOf(returnWay, strict("1", "eth0")), []);
  assert.deepEqual(mendsOf(returnWay, strict("1", "eth1")), [
    "web1: sysctl -w net.ipv4.conf.eth0.rp_filter=2",
  ]);
  assert.deepEqual(codesOf(returnWay, strict("2", "eth1")), []);
});

test("the kernel's own tunnel device is where packets come in", () => {
  const hosts = changed(cluster("tunnel"), "web1", (host) => ({
    tunnelEnds: [],
    links: [...host.links, link("tunl0", { index: 3, kind: "ipip", ethernet: false })],
    sysctls: { "net.ipv4.conf.tunl0.rp_filter": "1" },
  }));
  assert.deepEqual(mendsOf(returnWay, hosts), ["web1: sysctl -w net.ipv4.conf.tunl0.rp_filter=2"]);
});
