import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, codesOf, link, mendsOf } from "../../../test/support/doctor-hosts.js";
import { offloads } from "./offloads.js";

/** All on veths: the director at native XDP or tc, the client's checksums left to its device or not, the switch with GRO or not. */
function veths(hook: string, tx: boolean, gro: boolean) {
  const { director, client, ...webs } = cluster("droute");
  return [
    {
      ...director,
      links: [link("eth0", { kind: "veth", peer: 7 })],
      director: { ...director.director!, attached: [{ link: "eth0", hook }] },
    },
    { ...client, links: [link("eth0", { kind: "veth", peer: 8, tx })] },
    {
      ...client,
      host: "switch",
      addresses: [],
      routes: [],
      links: [link("port", { index: 7, kind: "veth", peer: 2, gro, tx: true, port: true })],
    },
    ...Object.values(webs),
  ];
}

test("native XDP on veths wants checksums that are there, and GRO at the other end", () => {
  assert.deepEqual(codesOf(offloads, veths("xdp", false, true)), []);
  assert.deepEqual(mendsOf(offloads, veths("xdp", true, true)), ["client: ethtool -K eth0 tx off"]);
  assert.deepEqual(mendsOf(offloads, veths("xdp", false, false)), ["switch: ethtool -K port gro on"]);
});

test("at tc the kernel sees to both", () =>
  assert.deepEqual(codesOf(offloads, veths("tcx", true, false)), []));
