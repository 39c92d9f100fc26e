import assert from "node:assert/strict";
import { test } from "node:test";
import { host } from "../../test/support/doctor-hosts.js";
import { connectedLink, holds, wayFrom } from "./routing.js";

test("a prefix holds addresses of its family", () => {
  assert.equal(holds("192.168.4.0/22", "192.168.7.255"), true);
  assert.equal(holds("192.168.4.0/22", "192.168.8.0"), false);
  assert.equal(holds("0.0.0.0/0", "10.0.0.1"), true);
  assert.equal(holds("fd00::/7", "fdff::1"), true);
  assert.equal(holds("::/0", "10.0.0.1"), false);
  assert.equal(holds("10.0.0.1/32", "10.0.0.1"), true);
  assert.equal(holds("nonsense", "10.0.0.1"), false);
});

test("the longest prefix, then the lowest metric", () => {
  const route = (to: string, via: string, metric = 0) => ({ to, via, link: "eth0", type: "unicast", metric });
  const routes = [
    route("0.0.0.0/0", "10.0.0.1", 100),
    route("0.0.0.0/0", "10.0.0.2", 50),
    route("10.1.0.0/16", "10.0.0.3"),
    { to: "10.2.0.0/16", type: "blackhole", metric: 0 },
  ];
  assert.equal(wayFrom({ routes }, "10.1.2.3")?.via, "10.0.0.3");
  assert.equal(wayFrom({ routes }, "10.1.2.3", "10.0.0.3")?.via, "10.0.0.2");
  assert.equal(wayFrom({ routes }, "anybody")?.via, "10.0.0.2");
  assert.equal(wayFrom({ routes: [] }, "10.1.2.3"), undefined);
});

test("a network of the host's own, not an address with all bits", () => {
  const one = host("one", "10.0.0.1");
  assert.equal(connectedLink(one, "10.0.0.9"), "eth0");
  assert.equal(connectedLink(one, "10.0.1.9"), undefined);
  assert.equal(connectedLink(one, "127.0.0.9"), undefined);
});
