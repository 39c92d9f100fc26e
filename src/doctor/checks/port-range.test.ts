import assert from "node:assert/strict";
import { test } from "node:test";
import { changed, cluster, codesOf, mendsOf } from "../../../test/support/doctor-hosts.js";
import { portRange } from "./port-range.js";

const web1 = (range: string, reserved = "") =>
  changed(cluster("masq"), "web1", () => ({
    sysctls: { "net.ipv4.ip_local_port_range": range, "net.ipv4.ip_local_reserved_ports": reserved },
  }));

test("enough ports, and not the server's own", () => {
  assert.deepEqual(codesOf(portRange, web1("32768 60999")), []);
  assert.deepEqual(codesOf(portRange, web1("60000 60999")), ["web1 ports-few"]);
  assert.deepEqual(mendsOf(portRange, web1("79 60999", "8080-8090")), [
    'web1: sysctl -w net.ipv4.ip_local_reserved_ports="8080-8090,80"',
  ]);
  assert.deepEqual(codesOf(portRange, web1("79 60999", "75-85")), []);
});

test("commands for several ports add up, as each replaces the whole list", () => {
  const hosts = changed(cluster("masq"), "director", ({ services: [service] }) => ({
    services: [80, 81].map((port) => ({
      ...service!,
      name: `-t 192.168.4.15:${port}`,
      port,
      servers: service!.servers.slice(0, 1).map((server) => ({ ...server, port })),
    })),
  })).map((host) => ({ ...host, sysctls: { "net.ipv4.ip_local_port_range": "79 60999" } }));
  assert.deepEqual(
    mendsOf(portRange, hosts).filter((line) => line.startsWith("web1")),
    ["80", "80,81"].map((ports) => `web1: sysctl -w net.ipv4.ip_local_reserved_ports="${ports}"`),
  );
});
