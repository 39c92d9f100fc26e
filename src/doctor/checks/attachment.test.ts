import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, link, mendsOf, realServer } from "../../../test/support/doctor-hosts.js";
import { attachment } from "./attachment.js";

const attached = (hosts: ReturnType<typeof cluster>, automatic: boolean, ...links: string[]) =>
  changed(hosts, "director", ({ director }) => ({
    director: { ...director!, automatic, attached: links.map((name) => ({ link: name, hook: "xdp" })) },
  }));

test("where clients and NAT's answers come in", () => {
  const nat = cluster("masq");
  assert.deepEqual(codesOf(attachment, attached(nat, false, "eth0", "eth1")), []);
  assert.deepEqual(mendsOf(attachment, attached(nat, false, "eth0")), [
    "director: rondo director attach --hook xdp eth1",
  ]);
  assert.deepEqual(mendsOf(attachment, attached(nat, false)), ["director: rondo director attach eth0 eth1"]);
});

test("what a person left out matters only if it is needed; if rondo chooses, all do", () => {
  const hosts = cluster("droute");
  const more = {
    ...hosts,
    director: {
      ...hosts.director,
      links: [...hosts.director.links, link("eth9", { mac: "02:00:00:00:00:09" })],
    },
  };
  assert.deepEqual(codesOf(attachment, attached(more, false, "eth0")), []);
  assert.deepEqual(codesOf(attachment, attached(more, true, "eth0")), ["director not-attached"]);
});

test("a server on the director whose answers nobody looks at", () => {
  const hosts = changed(cluster("masq"), "director", ({ services }) => ({
    services: services.map((service) => ({ ...service, servers: [realServer("192.168.4.5", "masq")] })),
  }));
  assert.deepEqual(codesOf(attachment, hosts), ["director answers-unseen"]);
});
