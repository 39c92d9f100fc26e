import assert from "node:assert/strict";
import { test } from "node:test";
import { RondoError } from "../../src/errors.js";
import type { OffloadStates } from "../../src/netlink/index.js";
import { type Place, peer, places } from "./netlink-places.js";

/** The words of ethtool -k that stand for several of the kernel's features, or name one otherwise. */
const ethtoolWords: Record<string, string> = {
  "rx-checksumming": "rx",
  "tx-checksumming": "tx",
  "scatter-gather": "sg",
  "tcp-segmentation-offload": "tso",
  "generic-segmentation-offload": "gso",
  "generic-receive-offload": "gro",
  "large-receive-offload": "lro",
  "rx-vlan-offload": "rxvlan",
  "tx-vlan-offload": "txvlan",
  "ntuple-filters": "ntuple",
  "receive-hashing": "rxhash",
};

/** Compares every line of ethtool -k. */
function compare(place: Place, link: string, states: OffloadStates): void {
  let lines = 0;
  for (const line of place.run("ethtool", "-k", link).split("\n")) {
    const match = /^\s*([\w-]+): (on|off)( \[fixed\]| \[requested (?:on|off)\])?$/.exec(line);
    if (!match) continue;
    const [, word = "", state, remark] = match;
    const name = ethtoolWords[word] ?? word;
    assert.equal(states.isOn(name), state === "on", line);
    if (remark === " [fixed]")
      assert.ok(
        states.named(name).every((it) => !states.all.get(it)?.changeable),
        line,
      );
    else if (states.named(name).length === 1)
      // A line that stands for several features never says "fixed".
      assert.ok(
        states.named(name).some((it) => states.all.get(it)?.changeable),
        line,
      );
    lines++;
  }
  assert.ok(lines > 30, "ethtool printed few lines");
}

test("offloads are switched by ethtool's names, and read back as ethtool reads them", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const [place] = made as [Place];
  const { links, offloads } = place.network;
  links.createVeth({ name: "veth0", peer: { name: "veth1" } });
  const withPeer = peer(t, "ethtool");
  const before = offloads.read("veth0");
  assert.deepEqual([before.isOn("tx"), before.isOn("gro"), before.isOn("tso")], [true, false, true]);
  if (withPeer) compare(place, "veth0", before);

  const after = offloads.set("veth0", { tx: false, gro: true, gso: false });
  assert.deepEqual([after.isOn("tx"), after.isOn("gro"), after.isOn("gso")], [false, true, false]);
  assert.equal(after.all.get("tx-tcp-segmentation")?.active, false, "TSO needs checksums");
  assert.equal(after.all.get("tx-tcp-segmentation")?.wanted, true);
  if (withPeer) compare(place, "veth0", offloads.read("veth0"));

  const again = offloads.set("veth0", { tx: true, "tx-tcp6-segmentation": false });
  assert.equal(again.all.get("tx-tcp6-segmentation")?.active, false);
  assert.equal(again.isOn("tso"), true);
  if (withPeer) compare(place, "lo", offloads.read(links.get("lo").index));
});

test("an offload that is unknown or fixed is refused, and nothing is switched", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const { links, offloads } = made[0]!.network;
  links.createVeth({ name: "veth0", peer: { name: "veth1" } });
  const refused = (wanted: Record<string, boolean>, code: string) =>
    assert.throws(
      () => offloads.set("veth0", wanted),
      (error: RondoError) => error instanceof RondoError && error.code === code,
    );
  refused({ gro: true, txx: false }, "no-such-offload");
  refused({ gro: true, lro: true }, "offload-fixed");
  assert.equal(offloads.read("veth0").isOn("gro"), false);
  assert.equal(offloads.set("veth0", { lro: false }).isOn("lro"), false, "fixed, but as it is wanted");
  assert.throws(() => offloads.read("nothing"), { code: "netlink-enodev" });
});

test("a veth tells its XDP features, and that its peer decides whether packets arrive", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const { network } = made[0]!;
  network.links.createVeth({ name: "veth0", up: true, peer: { name: "veth1", up: true } });
  const before = network.xdpFeatures("veth0");
  if (!before) {
    assert.equal(network.generic.family("netdev"), undefined);
    t.skip("needs Linux 6.3");
    return;
  }
  assert.deepEqual([before.basic, before.redirect, before.fragments], [true, true, true]);
  assert.equal(before.receivesRedirected, false);
  network.offloads.set("veth1", { gro: true });
  assert.equal(network.xdpFeatures("veth0")?.receivesRedirected, true);
  assert.equal(network.xdpFeatures("lo")?.basic, false);
  assert.throws(() => network.xdpFeatures("nothing"), { code: "netlink-enodev" });
});

test("generic families are found by name", (t) => {
  const made = places(t, 1);
  if (!made) return;
  const { generic } = made[0]!.network;
  assert.equal(generic.family("nlctrl")?.id, 16);
  assert.ok(generic.family("ethtool")?.groups.get("monitor"));
  assert.equal(generic.family("no such family"), undefined);
  const control = generic.family("nlctrl")!;
  const families = generic.list(control, { operation: "list generic families", command: 3 });
  assert.ok(families.some((family) => family.text(2) === "ethtool"));
});
