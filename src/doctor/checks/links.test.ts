import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, link, mendsOf, vip } from "../../../test/support/doctor-hosts.js";
import { links } from "./links.js";

const lo = link("lo", { index: 1, loopback: true, ethernet: false });

test("an interface that is off, one without a signal, and one that nobody needs", () => {
  const web1 = (more: object) =>
    changed(cluster("droute"), "web1", () => ({ links: [lo, link("eth0", more)] }));
  assert.deepEqual(codesOf(links, web1({})), []);
  assert.deepEqual(mendsOf(links, web1({ up: false, carrier: false })), ["web1: ip link set eth0 up"]);
  assert.deepEqual(codesOf(links, web1({ carrier: false })), ["web1 no-carrier"]);
  const spare = changed(cluster("droute"), "web1", (host) => ({
    links: [...host.links, link("eth9", { up: false })],
  }));
  assert.deepEqual(codesOf(links, spare), []);
});

test("the other end of a veth, where its host is known", () => {
  const hosts = changed(cluster("droute"), "web1", () => ({
    links: [lo, link("eth0", { kind: "veth", peer: 7, carrier: false })],
  }));
  const ports = [link("port7", { index: 7, kind: "veth", peer: 2, up: false })];
  assert.deepEqual(
    mendsOf(links, [...hosts, { ...cluster("droute").client, host: "switch", links: ports }]),
    ["switch: ip link set port7 up"],
  );
});

test("a TUN device that nobody reads is well for a VIP, as lo is; not for a network", () => {
  const tunl0 = link("tunl0", { index: 9, kind: "tun", ethernet: false, carrier: false });
  const director = (prefixLength: number) =>
    changed(cluster("droute"), "director", (host) => ({
      links: [...host.links, tunl0],
      addresses: [
        ...host.addresses.filter(({ address }) => address !== vip),
        { link: "tunl0", address: vip, prefixLength },
      ],
    }));
  assert.deepEqual(codesOf(links, director(32)), []);
  assert.deepEqual(codesOf(links, director(24)), ["director no-carrier"]);
});
