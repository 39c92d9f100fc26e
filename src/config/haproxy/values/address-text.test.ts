import assert from "node:assert/strict";
import { test } from "node:test";
import { addressTexts } from "./address-text.js";

test("listeners are named by kind and place, each port of a range by itself", () => {
  const inet = (host: string, family: 4 | 6 | undefined, from: number, to = from) =>
    addressTexts({ kind: "inet", host, family, ports: { from, to }, type: "stream" });
  assert.deepEqual(inet("127.0.0.1", undefined, 80, 81), ["ipv4@127.0.0.1:80", "ipv4@127.0.0.1:81"]);
  assert.deepEqual(inet("", undefined, 80), ["ipv4@0.0.0.0:80"]);
  assert.deepEqual(inet("", 6, 80), ["ipv6@[::]:80"]);
  assert.deepEqual(inet("::1", undefined, 80), ["ipv6@[::1]:80"]);
  assert.deepEqual(addressTexts({ kind: "unix", path: "/run/a.sock", type: "stream" }), ["unix@/run/a.sock"]);
  assert.deepEqual(addressTexts({ kind: "abstract", path: "a", type: "stream" }), ["abns@a"]);
  assert.deepEqual(addressTexts({ kind: "fd", fd: 5 }), ["fd@5"]);
  assert.deepEqual(addressTexts({ kind: "sockpair", fd: 6 }), ["sockpair@6"]);
});
