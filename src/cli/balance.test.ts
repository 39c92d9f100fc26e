import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../test/support/command.js";
import { at, one, web, webPlane } from "../../test/support/web-plane.js";
import { noCounters } from "../ipvs/model.js";
import { run } from "./balance.js";

const other = at("192.168.4.200", 80);

function place(scheduler = "wrr") {
  const plane = webPlane({ scheduler, weights: [3, 1] });
  const count = (server: typeof one, connections: bigint, inPackets: bigint) =>
    plane.setTraffic(
      web,
      { counters: { ...noCounters, connections, inPackets }, active: Number(connections) },
      server,
    );
  count(one, 30n, 400n);
  count(other, 10n, 100n);
  return { plane, count };
}

test("shares since counters were zeroed, beside what the weights want", async () => {
  const { plane } = place();
  const ran = await runCommand(run, plane, "192.168.4.15:80");
  assert.equal(
    ran.stdout,
    "tcp 192.168.4.15:80 wrr\n" +
      "  SERVER            WEIGHT  WANTED  CONNECTIONS  SHARE  PACKETS  SHARE  ACTIVE\n" +
      "  192.168.4.100:80       3   75.0%           30  75.0%      400  80.0%      30\n" +
      "  192.168.4.200:80       1   25.0%           10  25.0%      100  20.0%      10\n",
  );
  const all = await runCommand(run, plane, "");
  assert.match(all.stdout, /udp 192.168.4.15:53 wrr\n.*\n +192.168.4.100:53 +3 +75.0% +0 +- +0 +- +0\n/);
  const json = JSON.parse((await runCommand(run, plane, "-t 192.168.4.15:80 --json")).stdout);
  assert.deepEqual(json.servers[1], {
    server: "192.168.4.200:80",
    weight: 1,
    wanted: 0.25,
    connections: 10,
    shareOfConnections: 0.25,
    packets: 100,
    shareOfPackets: 0.2,
    active: 10,
    inactive: 0,
  });
});

test("where weights don't share, none is wanted, or an equal one", async () => {
  const wanted = async (scheduler: string) =>
    JSON.parse((await runCommand(run, place(scheduler).plane, "192.168.4.15:80 --json")).stdout).servers[0]
      .wanted;
  assert.equal(await wanted("rr"), 0.5);
  assert.equal(await wanted("fo"), undefined);
});

test("--watch tells of what came meanwhile, until a signal", async () => {
  const { plane, count } = place();
  const ran = await runCommand(run, plane, "192.168.4.15:80 --watch --interval 1s --json", {
    at: { 500: () => count(other, 15n, 110n), 1500: () => count(other, 1n, 1n) },
    signals: [2500],
  });
  const shown = ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).servers.map((server: { connections: number }) => server.connections));
  assert.deepEqual(shown, [
    [0, 5],
    [0, 1],
  ]);
  assert.equal(ran.status, 0);
});

test("mistakes", async () => {
  const { plane } = place();
  assert.match((await runCommand(run, plane, "192.168.4.15:81")).stderr, /no service 192.168.4.15:81/);
  assert.match((await runCommand(run, plane, "--interval x")).stderr, /--interval x/);
  assert.match((await runCommand(run, plane, "-h")).stdout, /^usage/);
});
