import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf, realServer, vip } from "../../../test/support/doctor-hosts.js";
import { examine } from "../examine.js";
import { services } from "./services.js";

const servers = (...all: ReturnType<typeof realServer>[]) =>
  changed(cluster("droute"), "director", (host) => ({
    services: host.services.map((service) => ({ ...service, servers: all })),
  }));

test("services that nobody can be served by", () => {
  assert.deepEqual(codesOf(services, Object.values(cluster("droute"))), []);
  assert.deepEqual(
    codesOf(
      services,
      changed(cluster("droute"), "director", () => ({ services: [] })),
    ),
    ["director no-services"],
  );
  assert.deepEqual(codesOf(services, servers()), ["director service-empty"]);
});

test("weight 0 everywhere: what else a server has stays", () => {
  const asleep = realServer("10.0.0.1", "tunnel", {
    weight: 0,
    upperThreshold: 9,
    tunnel: { type: "gue", port: 7000, checksum: "none" },
  });
  assert.deepEqual(mendsOf(services, servers(asleep)), [
    `director: ipvsadm -e -t ${vip}:80 -r 10.0.0.1:80 -i -w 1 -x 9 --tun-type gue --tun-port 7000 --tun-nocsum`,
  ]);
  assert.deepEqual(codesOf(services, servers(asleep, realServer("10.0.0.2", "masq"))), []);
});

test("a port that DR can't change", () => {
  const moved = servers(realServer("192.168.4.100", "droute", { port: 8080 }));
  assert.deepEqual(mendsOf(services, moved), [
    `director: ipvsadm -a -t ${vip}:80 -r 192.168.4.100:80 -g -w 1`,
    `director: ipvsadm -d -t ${vip}:80 -r 192.168.4.100:8080`,
  ]);
  assert.deepEqual(codesOf(services, servers(realServer("192.168.4.100", "masq", { port: 8080 }))), []);
});

test("weights that a watch or a drain took away are theirs to give back", () => {
  for (const [held, by] of [
    ["watch", "rondo watch restore"],
    ["drain", "rondo drain"],
  ] as const) {
    const [found] = examine(servers(realServer("192.168.4.100", "droute", { weight: 0, held })), [services]);
    assert.deepEqual([found?.code, found?.mend], ["weights-zero", []]);
    assert.match(found?.cure ?? "", new RegExp(by));
  }
});
