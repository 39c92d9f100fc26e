import assert from "node:assert/strict";
import { test } from "node:test";
import { instance, vip } from "../../../test/vrrp/settings.js";
import { IpAddress } from "../../wire/index.js";
import { addressOf, lifetimeOf, MissingDevice, routeOf } from "./entries.js";

const at = { file: "test", line: 1, column: 1 };

test("an address is given as the file says it, for as long as it may last", () => {
  const four = addressOf({ ...vip("10.1.2.3"), prefixLength: 20, broadcast: "+", label: "eth0:1" }, 3);
  assert.equal(`${four.broadcast}`, "10.1.15.255");
  assert.deepEqual(
    [four.label, four.prefixLength, four.validSeconds, four.preferredSeconds, four.noDuplicateDetection],
    ["eth0:1", 20, 3, undefined, false],
  );
  const six = addressOf({ ...vip("fd00::1"), preferredLifetime: 0 }, 3);
  assert.deepEqual([six.preferredSeconds, six.noDuplicateDetection], [0, true]);
  assert.equal(addressOf({ ...vip("fd00::1"), noDad: true }, 3).noDuplicateDetection, false);
  const peer = { address: IpAddress.of("10.1.2.4"), prefixLength: 24 };
  assert.deepEqual(addressOf({ ...vip("10.1.2.3"), peer }, undefined).prefixLength, 24);
});

test("an address lasts no longer than a backup waits, and two to ten seconds", () => {
  const life = (advertInterval: number) => lifetimeOf(instance({ advertInterval }));
  assert.deepEqual([10, 100, 1000, 2000, 40_000].map(life), [2, 2, 3, 6, 10]);
});

test("a route needs its devices", () => {
  const entry = {
    family: 4,
    type: "unicast",
    destination: { address: IpAddress.of("10.0.0.0"), prefixLength: 8 },
    hops: [
      { via: IpAddress.of("10.1.1.1"), device: "eth0", weight: 3, onlink: false },
      { via: IpAddress.of("10.1.1.2"), onlink: true },
    ],
    metrics: { mtu: 1300 },
    lockedMetrics: ["mtu"],
    append: false,
    noTrack: false,
    at,
  } as const;
  const route = routeOf(entry, () => 7);
  assert.deepEqual(
    route.nextHops?.map(({ gateway, link, weight, onLink }) => [`${gateway}`, link, weight, onLink]),
    [
      ["10.1.1.1", 7, 3, false],
      ["10.1.1.2", undefined, undefined, true],
    ],
  );
  assert.throws(() => routeOf(entry, () => undefined), MissingDevice);
});
