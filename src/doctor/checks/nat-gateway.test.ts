import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf } from "../../../test/support/doctor-hosts.js";
import { natGateway } from "./nat-gateway.js";

const routes = (...more: { to: string; via?: string; link: string }[]) =>
  changed(cluster("masq"), "web1", (host) => ({
    routes: [...host.routes.slice(0, 1), ...more.map((route) => ({ ...route, type: "unicast", metric: 0 }))],
  }));

test("answers go back through the director", () => {
  assert.deepEqual(codesOf(natGateway, Object.values(cluster("masq"))), []);
  for (const wrong of [routes(), routes({ to: "0.0.0.0/0", via: "192.168.2.1", link: "eth0" })])
    assert.deepEqual(mendsOf(natGateway, wrong), ["web1: ip route replace default via 192.168.2.5"]);
  const detour = routes(
    { to: "0.0.0.0/0", via: "192.168.2.5", link: "eth0" },
    { to: "192.168.4.0/24", via: "192.168.2.1", link: "eth0" },
  );
  assert.deepEqual(mendsOf(natGateway, detour), ["web1: ip route replace 192.168.4.0/24 via 192.168.2.5"]);
});

test("a client in the server's own network", () => {
  const hosts = cluster("masq");
  const near = changed(hosts, "client", () => ({
    addresses: [{ link: "eth0", address: "192.168.2.77", prefixLength: 24 }],
    routes: [{ to: "0.0.0.0/0", via: "192.168.2.5", link: "eth0", type: "unicast", metric: 0 }],
  }));
  assert.deepEqual(mendsOf(natGateway, near), [
    "web1: ip route replace 192.168.2.77 via 192.168.2.5",
    "web2: ip route replace 192.168.2.77 via 192.168.2.5",
  ]);
});
