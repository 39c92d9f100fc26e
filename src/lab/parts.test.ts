import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { editDistance, nearest } from "../nearest.js";
import { IpAddress } from "../wire/index.js";
import { plugs } from "./plugs.js";
import { broadcastOf, contains, isNetwork, parsePrefix, prefixOf } from "./prefix.js";
import { endProcesses, identify, isAlive } from "./processes.js";
import { dr } from "./topologies/dr.js";

test("MAC addresses say whose they are", () => {
  assert.deepEqual(
    plugs(dr).map(({ port, mac, portMac }) => `${port} ${mac} ${portMac}`),
    [
      "client 02:00:c0:a8:04:0a 02:02:00:00:00:00",
      "director 02:00:c0:a8:04:05 02:02:00:00:01:00",
      "web1 02:00:c0:a8:04:64 02:02:00:00:02:00",
      "web2 02:00:c0:a8:04:c8 02:02:00:00:03:00",
    ],
  );
});

test("prefixes", () => {
  assert.ok(contains(prefixOf("192.168.4.0/24"), IpAddress.of("192.168.4.255")));
  assert.ok(!contains(prefixOf("192.168.4.0/25"), IpAddress.of("192.168.4.128")));
  assert.ok(contains(prefixOf("0.0.0.0/0"), IpAddress.of("1.2.3.4")));
  assert.ok(!contains(prefixOf("0.0.0.0/0"), IpAddress.of("::1")));
  assert.ok(contains(prefixOf("fd66::/16"), IpAddress.of("fd66:1::1")));
  assert.ok(isNetwork(prefixOf("192.168.4.0/24")) && !isNetwork(prefixOf("192.168.4.0/21")));
  assert.equal(broadcastOf(prefixOf("192.168.4.5/23")).toString(), "192.168.5.255");
  for (const text of [
    "192.168.4.5",
    "192.168.4.5/33",
    "192.168.4/24",
    "192.168.4.5/24/1",
    "192.168.4.5/x",
    "",
  ])
    assert.equal(parsePrefix(text), undefined, text);
});

test("the word that was meant", () => {
  assert.equal(editDistance("dr", "rd"), 1);
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(nearest("directer", ["client", "director", "web1"]), "director");
  assert.equal(nearest("WEB1", ["web1", "web2"]), "web1");
  assert.equal(nearest("x", ["client", "director"]), undefined);
});

test("a process is told from a later one with its number, and ended even if it does not want to", async () => {
  const child = spawn("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"], {
    stdio: "pipe",
  });
  await once(child.stdout, "data");
  const exit = once(child, "exit");
  const found = identify(child.pid!)!;
  assert.ok(isAlive(found));
  assert.ok(!isAlive({ ...found, startTime: found.startTime - 1 }));
  await endProcesses(() => [found].filter(isAlive));
  assert.deepEqual(await exit, [null, "SIGKILL"]);
  assert.equal(identify(child.pid!), undefined);
});
