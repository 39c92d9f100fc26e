import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, vip } from "../../../test/support/doctor-hosts.js";
import { listeners } from "./listeners.js";

const at = (method: "droute" | "masq", ...addresses: string[]) =>
  codesOf(
    listeners,
    changed(cluster(method), "web1", () => ({
      listening: addresses.map((address) => ({ protocol: "tcp", address, port: 80 })),
    })),
  );

test("by DR requests arrive at the VIP", () => {
  for (const address of ["0.0.0.0", "::", vip, `::ffff:${vip}`]) assert.deepEqual(at("droute", address), []);
  assert.deepEqual(at("droute"), ["web1 listener-missing"]);
  for (const address of ["127.0.0.1", "192.168.4.100"])
    assert.deepEqual(at("droute", address), ["web1 listener-elsewhere"]);
});

test("by NAT they arrive at the server's own address", () => {
  assert.deepEqual(at("masq", "192.168.2.100"), []);
  assert.deepEqual(at("masq", "127.0.0.1"), ["web1 listener-elsewhere"]);
});

test("a program that hangs; one that a packet filter keeps from talking to itself is none", () => {
  const connects = [{ address: vip, port: 80, result: "silent" as const }];
  const stuck = (firewall = {}) =>
    codesOf(
      listeners,
      changed(cluster("droute"), "web1", () => ({ connects, firewall })),
    );
  assert.deepEqual(stuck(), ["web1 listener-stuck"]);
  const iptables = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n";
  assert.deepEqual(stuck({ iptables }), []);
});

test("seen from the director alone, a refusal means something by NAT", () => {
  for (const [method, found] of [
    ["masq", ["director listener-missing"]],
    ["droute", []],
  ] as const) {
    const { director } = cluster(method);
    const connects = director.services[0]!.servers.map(({ address }) => ({
      address,
      port: 80,
      result: "refused" as const,
    }));
    assert.deepEqual([...new Set(codesOf(listeners, [{ ...director, connects }]))], found);
  }
});
