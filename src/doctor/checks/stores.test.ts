import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, host, link, mendsOf } from "../../../test/support/doctor-hosts.js";
import { clusterOf } from "../cluster.js";
import { examine } from "../examine.js";
import type { HostFacts, LinkFacts, StoreFacts } from "../facts.js";
import { links } from "./links.js";
import { stores } from "./stores.js";

const place = { name: "store", address: "192.168.3.50", port: 8049 };
const lo = link("lo", { index: 1, loopback: true, ethernet: false });
const healthy = host("store", place.address, {
  listening: [{ protocol: "tcp", address: "0.0.0.0", port: place.port }],
});

/** A web server with a card in the store's network. */
function user(
  before: HostFacts,
  number: number,
  result: StoreFacts["result"],
  card: Partial<LinkFacts> = {},
) {
  return {
    ...before,
    links: [...before.links, link("eth1", { index: 3, ...card })],
    addresses: [...before.addresses, { link: "eth1", address: `192.168.3.${number}`, prefixLength: 24 }],
    stores: [{ ...place, result }],
  };
}

/** A cluster whose web servers see that of their store. */
function seen(
  result: StoreFacts["result"],
  store: Partial<HostFacts> | undefined,
  of2 = result,
): HostFacts[] {
  const { web1, web2, ...others } = cluster("droute");
  const own = store ? [{ ...healthy, ...store }] : [];
  return [...Object.values(others), user(web1, 100, result), user(web2, 200, of2), ...own];
}

const said = (hosts: readonly HostFacts[]) =>
  examine(hosts, [links, stores]).map(({ host: name, what, cure }) => [name, what, cure ?? ""].join(": "));

test("a healthy store, and none", () => {
  assert.deepEqual(codesOf(stores, seen("answered", {})), []);
  assert.deepEqual(codesOf(stores, Object.values(cluster("droute"))), []);
});

test("a store is no client, whom servers would have to answer", () => {
  assert.deepEqual(
    clusterOf(seen("answered", {})).clients.map((each) => each.host),
    ["client"],
  );
});

test("its cable is out: one finding, with what mends it", () => {
  const dark = { links: [lo, link("eth0", { kind: "veth", peer: 7, carrier: false })] };
  const port = host("switch", "10.0.0.1", {
    links: [link("store", { index: 7, kind: "veth", peer: 2, up: false })],
  });
  const hosts = [...seen("silent", dark), port];
  assert.deepEqual(codesOf(stores, hosts), ["store store-gone"]);
  assert.deepEqual(mendsOf(stores, hosts), ["switch: ip link set store up"]);
  assert.match(said(hosts)[0]!, /^store: web1, web2 can't have files from this store: eth0 has no signal/);
  const off = { links: [lo, link("eth0", { up: false, carrier: false })] };
  assert.deepEqual(mendsOf(stores, seen("unreachable", off)), ["store: ip link set eth0 up"]);
});

test("its program: doesn't run, hangs", () => {
  assert.deepEqual(mendsOf(stores, seen("refused", { listening: [] })), ["store: systemctl start store"]);
  assert.deepEqual(mendsOf(stores, seen("stuck", {})), ["store: systemctl restart store"]);
  // If it answers the other one, it is not the program.
  assert.deepEqual(codesOf(stores, seen("stuck", {}, "answered")), ["web1 store-gone"]);
});

test("its address is gone", () => {
  const addresses = [{ link: "lo", address: "127.0.0.1", prefixLength: 8 }];
  assert.deepEqual(mendsOf(stores, seen("unreachable", { addresses })), [
    "store: ip addr add 192.168.3.50/24 dev eth0",
  ]);
  const links = [...healthy.links, link("eth5", { index: 9 })];
  assert.deepEqual(mendsOf(stores, seen("unreachable", { addresses, links })), [], "nobody knows which card");
});

test("its packet filter, or its web server's address is not let in", () => {
  const iptables = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 8049 -j DROP\nCOMMIT\n";
  assert.deepEqual(mendsOf(stores, seen("silent", { firewall: { iptables } })), [
    "store: iptables -D INPUT -p tcp -m tcp --dport 8049 -j DROP",
  ]);
  const one = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.168.3.200/32 -j DROP\nCOMMIT\n";
  assert.deepEqual(mendsOf(stores, seen("answered", { firewall: { iptables: one } }, "silent")), [
    "store: iptables -I INPUT -d 192.168.3.50 -s 192.168.3.200 -p tcp --dport 8049 -j ACCEPT",
  ]);
});

test("what only one web server sees is told of that one, and of its own card first", () => {
  const between = said(seen("silent", {}, "answered"));
  assert.equal(between.length, 1);
  assert.match(between[0]!, /^web1: its store store \(192\.168\.3\.50:8049\) does not answer: See whether/);
  assert.match(said(seen("failing", {}))[0]!, /^web1: .* answers, but not with files: .*curl -si/);
  const { web1, ...others } = cluster("droute");
  const own = [user(web1, 100, "silent", { up: false, carrier: false }), ...Object.values(others), healthy];
  assert.deepEqual(mendsOf(stores, own), ["web1: ip link set eth1 up"]);
  // Where it is the card by which the server is asked, that is told already.
  const same = changed(cluster("droute"), "web1", () => ({
    links: [lo, link("eth0", { up: false, carrier: false })],
    stores: [{ ...place, address: "192.168.4.50", result: "unreachable" }],
  }));
  assert.deepEqual(
    examine(same, [links, stores]).map(({ code }) => code),
    ["link-down"],
  );
});

test("a store that nothing is known of, as its power is off", () => {
  const hosts = seen("silent", undefined);
  assert.deepEqual(codesOf(stores, hosts), ["web1 store-gone", "web2 store-gone"]);
  assert.match(said(hosts)[0]!, /store has power.*`rondo lab heal store`/);
});
