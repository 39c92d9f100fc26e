import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NetlinkProtocol,
  NetlinkSocket,
  type NetworkCallbacks,
  watchNetwork,
} from "../../src/netlink/index.js";
import { ReadySet, withNetworkNamespace } from "../../src/sys/index.js";
import { ip, type Place, places, until } from "./netlink-places.js";

/** A watch on a place, its events as lines. */
function watch(
  t: { after(work: () => void): void },
  place: Place,
  kinds: readonly (keyof NetworkCallbacks)[],
) {
  const lines: string[] = [];
  const all: Required<NetworkCallbacks> = {
    link: (change, link) => lines.push(`link ${change} ${link.name} ${link.up ? "up" : "down"}`),
    address: (change, { address, prefixLength }) =>
      lines.push(`address ${change} ${address}/${prefixLength}`),
    neighbour: (change, { address, mac }) => lines.push(`neighbour ${change} ${address} ${mac}`),
    route: (change, { destination, table }) => lines.push(`route ${change} ${destination} ${table}`),
    rule: (change, { family, preference }) => lines.push(`rule ${change} IPv${family} ${preference}`),
    resync: () => lines.push("resync"),
  };
  const callbacks = Object.fromEntries(
    Object.entries(all).filter(
      ([kind]) => kind === "resync" || kinds.includes(kind as keyof NetworkCallbacks),
    ),
  ) as unknown as NetworkCallbacks;
  const ready = new ReadySet();
  const watching = watchNetwork(callbacks, ready, { namespace: place.namespace });
  t.after(() => {
    watching.close();
    watching.close();
    ready.close();
  });
  return { lines, watching };
}

test("a watch tells of links, addresses, neighbours and routes as they come and go", async (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, addresses, neighbours, routes, rules } = place.network;
  const { lines } = watch(t, place, ["link", "address", "neighbour", "route", "rule"]);
  links.createVeth({ name: "veth0", peer: { name: "veth1" } });
  links.up("veth0");
  links.up("veth1");
  addresses.add("veth0", { address: ip("10.3.0.1"), prefixLength: 24 });
  addresses.add("veth0", { address: ip("fd00:3::1"), prefixLength: 64, noDuplicateDetection: true });
  neighbours.add("veth0", ip("10.3.0.9"), "02:00:00:00:03:09");
  neighbours.remove("veth0", ip("10.3.0.9"));
  routes.add({ destination: ip("10.4.0.0"), prefixLength: 16, gateway: ip("10.3.0.9") });
  routes.remove({ destination: ip("10.4.0.0"), prefixLength: 16 });
  rules.add({ family: 4, preference: 100, table: 7 });
  rules.remove({ family: 4, preference: 100, table: 7 });
  rules.add({ family: 6, preference: 101, table: 7 });
  addresses.remove("veth0", { address: ip("10.3.0.1"), prefixLength: 24 });
  links.createBridge({ name: "br0" });
  links.change("veth1", { master: "br0" });
  links.change("veth1", { master: null });
  links.remove("veth0");
  for (const line of [
    "link set veth0 down",
    "link set veth0 up",
    "address set 10.3.0.1/24",
    "address set fd00:3::1/64",
    "neighbour set 10.3.0.9 02:00:00:00:03:09",
    "route set 10.4.0.0 254",
    "route removed 10.4.0.0 254",
    "route set 10.3.0.1 255",
    "rule set IPv4 100",
    "rule removed IPv4 100",
    "rule set IPv6 101",
    "address removed 10.3.0.1/24",
    "link removed veth0 down",
    "link removed veth1 down",
  ])
    await until(line, () => lines.includes(line));
  assert.equal(lines.filter((line) => line.startsWith("link removed veth1")).length, 1);
  assert.ok(!lines.includes("resync"));
});

test("a watch is told only what it asked for, and nothing after its end", async (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, addresses } = place.network;
  const { lines, watching } = watch(t, place, ["address"]);
  links.createVeth({ name: "veth0", peer: { name: "veth1" } });
  addresses.add("veth0", { address: ip("10.3.0.1") });
  await until("the address", () => lines.length > 0);
  watching.close();
  addresses.remove("veth0", { address: ip("10.3.0.1") });
  const second = watch(t, place, ["address"]);
  addresses.add("veth0", { address: ip("10.3.0.2") });
  await until("the second address", () => second.lines.length > 0);
  assert.deepEqual(lines, ["address set 10.3.0.1/32"]);
});

test("a watch that was overrun says so, and goes on", async (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, addresses } = place.network;
  links.createVeth({ name: "veth0", peer: { name: "veth1" } });
  const { lines } = watch(t, place, ["address"]);
  // Nothing is read meanwhile: this thread does not come back to its event loop.
  for (let number = 0; number < 4000; number++) {
    addresses.add("veth0", { address: ip("10.3.0.1") });
    addresses.remove("veth0", { address: ip("10.3.0.1") });
  }
  await until("the overrun", () => lines.includes("resync"));
  addresses.add("veth0", { address: ip("10.3.0.77") });
  await until("a later address", () => lines.includes("address set 10.3.0.77/32"));
});

test("a batch does what it can and says for each request how it went", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const { namespace, network } = made[0]!;
  const socket = withNetworkNamespace(namespace, () => new NetlinkSocket(NetlinkProtocol.route));
  t.after(() => socket.close());
  // RTM_NEWLINK with a head that names link 1 (lo) or 999 (none): nothing is to change.
  const requests = Array.from({ length: 150 }, (_, number) => ({
    operation: `change link ${number}`,
    type: 16,
    body: new Uint8Array(Int32Array.of(0, number % 2 === 0 ? 1 : 999, 0, 0).buffer),
  }));
  const outcomes = socket.batch(requests);
  assert.deepEqual(
    outcomes.map((error) => error?.errnoName),
    requests.map((_, number) => (number % 2 === 0 ? undefined : "ENODEV")),
  );
  assert.match(outcomes[149]!.message, /^change link 149: ENODEV/);
  assert.deepEqual(socket.batch([]), []);
  assert.equal(network.links.list().length > 0, true);
});
