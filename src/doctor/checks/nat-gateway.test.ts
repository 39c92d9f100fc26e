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

test("an IPv6 service is about IPv6's gateway", () => {
  const six = (via: string | undefined) =>
    Object.values(cluster("masq"))
      .filter(({ host }) => host === "director" || host === "web1")
      .map((host) =>
        host.host === "director"
          ? {
              ...host,
              addresses: [...host.addresses, { link: "eth1", address: "fd66::5", prefixLength: 64 }],
              services: host.services.map((service) => ({
                ...service,
                name: "-t [fd66:1::15]:80",
                vip: "fd66:1::15",
                servers: service.servers.slice(0, 1).map((server) => ({ ...server, address: "fd66::100" })),
              })),
            }
          : {
              ...host,
              addresses: [...host.addresses, { link: "eth0", address: "fd66::100", prefixLength: 64 }],
              routes: [
                // IPv4's is another router, which is its own affair.
                { to: "0.0.0.0/0", via: "192.168.2.1", link: "eth0", type: "unicast", metric: 0 },
                ...(via ? [{ to: "::/0", via, link: "eth0", type: "unicast", metric: 1024 }] : []),
              ],
            },
      );
  assert.deepEqual(codesOf(natGateway, six("fd66::5")), []);
  assert.deepEqual(mendsOf(natGateway, six("fd66::1")), ["web1: ip -6 route replace default via fd66::5"]);
});
