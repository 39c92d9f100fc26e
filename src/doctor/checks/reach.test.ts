import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf } from "../../../test/support/doctor-hosts.js";
import { reach } from "./reach.js";

const rip = "192.168.4.100";

test("a way to every server, and a neighbour that answers", () => {
  const hosts = cluster("droute");
  assert.deepEqual(codesOf(reach, Object.values(hosts)), []);
  const seen = (change: object) =>
    codesOf(
      reach,
      changed(hosts, "director", () => change),
    );
  assert.deepEqual(seen({ ways: [{ to: rip, local: false }] }), ["director server-no-route"]);
  const byRouter = [{ to: rip, local: false, link: "eth0", via: "192.168.4.1" }];
  assert.deepEqual(seen({ ways: byRouter }), ["director server-not-connected"]);
  const failed = [{ link: "eth0", address: rip, state: "failed" }];
  assert.deepEqual(seen({ neighbours: failed }), ["director server-unreachable"]);
  assert.deepEqual(seen({ neighbours: [{ ...failed[0]!, mac: "02:00:00:00:00:01", state: "probe" }] }), []);
});

test("by TUN and NAT a router is well; by NAT the server has to answer the director", () => {
  const tunnel = changed(cluster("tunnel"), "director", () => ({
    ways: [{ to: rip, local: false, link: "eth0", via: "192.168.4.1" }],
  }));
  assert.deepEqual(codesOf(reach, tunnel), []);
  const connects = [{ address: "192.168.2.100", port: 80, result: "silent" as const }];
  assert.deepEqual(
    codesOf(
      reach,
      changed(cluster("masq"), "director", () => ({ connects })),
    ),
    ["director server-silent"],
  );
});
