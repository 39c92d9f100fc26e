import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withNetworkNamespace } from "../../src/sys/index.js";
import { run } from "./ipvs-hosts.js";
import type { Place } from "./netlink-places.js";
import { rondo } from "./running.js";
import {
  holdConnections,
  killHost,
  makeActive,
  type SyncHosts,
  startEcho,
  syncHosts,
  vip,
} from "./sync-hosts.js";

const daemon = (place: Place, ...words: string[]) => run(place.namespace, ["ipvsadm", ...words]);

/** Connections in a director's table, by virtual port, that are established. */
function established(place: Place): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of run(place.namespace, ["ipvsadm", "-Lcn"]).split("\n")) {
    const found = /ESTABLISHED\s+\S+\s+\S+:(\d+)/.exec(line);
    if (found) counts[found[1]!] = (counts[found[1]!] ?? 0) + 1;
  }
  return counts;
}

async function untilEstablished(
  place: Place,
  wanted: Record<string, number>,
  seconds: number,
): Promise<void> {
  const began = performance.now();
  for (;;) {
    const now = established(place);
    if (JSON.stringify(now) === JSON.stringify(wanted)) return;
    if (performance.now() - began > seconds * 1000) assert.deepEqual(now, wanted);
    await sleep(50);
  }
}

/** Of each forwarding method. */
const count = 60;
const wanted = { 80: count, 81: count, 82: count };

test("held connections by DR, NAT and TUN go on when the other director takes over; one that comes later has them, too", async (t) => {
  const hosts = syncHosts(t);
  if (!hosts) return;
  const { directors } = hosts;
  try {
    await holdAndTakeOver(t, hosts);
  } finally {
    for (const place of directors) for (const role of ["master", "backup"]) stopDaemon(place, role);
  }
});

const rubbishText = `
const socket = require("node:dgram").createSocket("udp4");
const messages = ["00090064", "0008000800010000", "0009000c0101000000060024", "0009000801010000"];
socket.bind({ address: "10.7.0.2" }, () => {
  socket.setMulticastInterface("10.7.0.2");
  let left = messages.length;
  for (const each of messages) socket.send(Buffer.from(each, "hex"), 8848, "224.0.0.81", () => --left || socket.close());
});
`;

/** Sends what is no message, one of others, and two that end too soon: one within an entry, one before it. */
function tellRubbish({ namespace }: Place): void {
  const { status, stderr } = withNetworkNamespace(namespace, () =>
    spawnSync(process.execPath, ["-e", rubbishText], { encoding: "utf8", timeout: 20_000 }),
  );
  assert.equal(status, 0, stderr);
}

async function untilFaults(place: Place, wanted: Record<string, number>): Promise<void> {
  for (let tries = 0; ; tries++) {
    const [status] = JSON.parse(run(place.namespace, ["sync", "status", "--json"])) as [
      { faults: Record<string, number> },
    ];
    const isThere = Object.entries(wanted).every(([name, count]) => (status.faults[name] ?? 0) >= count);
    if (isThere) return;
    if (tries === 40) assert.deepEqual(status.faults, wanted);
    await sleep(50);
  }
}

/** Whether it runs or not. */
function stopDaemon(place: Place, role: string): void {
  withNetworkNamespace(place.namespace, () =>
    spawnSync(process.execPath, [rondo, "ipvsadm", "--stop-daemon", role]),
  );
}

async function holdAndTakeOver(t: TestContext, hosts: SyncHosts): Promise<void> {
  const { client, directors, servers } = hosts;
  const [one, two] = directors;
  makeActive(hosts, 0);
  await startEcho(t, servers[0], [`${vip}/80`, `${vip}/82`]);
  await startEcho(t, servers[1], ["10.8.0.22/8081"]);
  // Two ports: what is told of a connection goes by one of them.
  for (const place of directors) run(place.namespace, ["director", "set", "sync_ports=2"]);
  daemon(one, "--start-daemon", "master", "--mcast-interface", "eth0", "--syncid", "9");
  daemon(two, "--start-daemon", "backup", "--mcast-interface", "eth0", "--syncid", "9");
  assert.equal(
    daemon(two, "-L", "--daemon"),
    "backup sync daemon (mcast=eth0, syncid=9, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\n",
  );

  const held = holdConnections(t, client, vip, wanted);
  await held.echoed(3 * count);
  await untilEstablished(two, wanted, 10);

  // A backup that comes later has all when its command returns.
  daemon(two, "--stop-daemon", "backup");
  run(two.namespace, ["flush", "--all"]);
  assert.deepEqual(established(two), {});
  daemon(two, "--start-daemon", "backup", "--mcast-interface", "eth0", "--syncid", "9");
  assert.deepEqual(established(two), wanted);
  const [status] = JSON.parse(run(two.namespace, ["sync", "status", "--json"])) as [Record<string, unknown>];
  assert.equal(status["wholeTable"], "whole");
  assert.equal(status["made"], 3 * count);
  tellRubbish(client);
  await untilFaults(two, { "wrong-length": 1, "other-syncid": 1, "truncated-entry": 1 });

  killHost(hosts, 0);
  makeActive(hosts, 1);
  held.say();
  const { broken } = await held.echoed(6 * count);
  assert.equal(broken, 0);
  assert.deepEqual(established(two), wanted);
}
