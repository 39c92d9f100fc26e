import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, host, link, mendsOf } from "../../../test/support/doctor-hosts.js";
import { mtu } from "./mtu.js";

test("one MTU on a network", () => {
  const hosts = changed(cluster("droute"), "web1", () => ({ links: [link("eth0", { mtu: 9000 })] }));
  assert.deepEqual(codesOf(mtu, Object.values(cluster("droute"))), []);
  assert.deepEqual(mendsOf(mtu, hosts), ["web1: ip link set eth0 mtu 1500"]);
});

test("of two hosts nobody can tell which one is wrong, and of other networks nothing", () => {
  const one = host("one", "10.0.0.1");
  const wide = { links: [link("eth0", { mtu: 9000 })] };
  assert.deepEqual(codesOf(mtu, [one, host("two", "10.0.0.2", wide)]), []);
  assert.deepEqual(codesOf(mtu, [...Object.values(cluster("droute")), host("far", "10.0.0.2", wide)]), []);
});
