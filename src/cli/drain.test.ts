import assert from "node:assert/strict";
import { test } from "node:test";
import { type Happenings, runCommand } from "../../test/support/command.js";
import { at, dns, one, web, webConnection, webPlane } from "../../test/support/web-plane.js";
import { run } from "./drain.js";

/** Services on ports 80 (tcp) and 53 (udp), two servers each. */
function place(load: { active?: number; inactive?: number; persistent?: number } = {}) {
  const plane = webPlane();
  const counts = (active: number, inactive = 0, persistent = 0) =>
    plane.setTraffic(web, { active, inactive, persistent }, one);
  counts(load.active ?? 0, load.inactive, load.persistent);
  const weights = new Map<string, number>();
  const drain = (words: string, happenings: Happenings = {}) =>
    runCommand(run, plane, words, { weights, ...happenings });
  const has = (id = web) => plane.service(id)!.servers.map(({ address, weight }) => `${address} ${weight}`);
  return { plane, counts, weights, drain, has };
}

const entry = (client: string, template = false) => webConnection(client, { template });

const stays = ["192.168.4.200 5"];
const all = ["192.168.4.200 5", "192.168.4.100 5"];

test("a server without connections is deleted at once, and one of UDP", async () => {
  const { drain, has } = place();
  const ran = await drain("192.168.4.100");
  assert.equal(
    ran.stdout,
    "192.168.4.100:80 of tcp 192.168.4.15:80: deleted at once, it had no connections\n" +
      "192.168.4.100:53 of udp 192.168.4.15:53: deleted at once (UDP), 0 connections ended\n",
  );
  assert.deepEqual([ran.status, ran.stderr, has(), has(dns)], [0, "", stays, stays]);
});

test("a server with connections waits until they are gone; in a pipe a line tells of it now and then", async () => {
  const { counts, drain, has, weights } = place({ active: 12, inactive: 3 });
  let meanwhile: string[] = [];
  const ran = await drain("192.168.4.100:80 --deadline 1m", {
    at: {
      700: () => counts(10, 2),
      6000: () => counts(4, 1),
      7000: () => {
        meanwhile = [...has(), ...weights.values()].map(String);
      },
      12300: () => counts(0, 0),
    },
  });
  assert.equal(
    ran.stdout,
    "192.168.4.100:80 of tcp 192.168.4.15:80: weight 5 → 0, 12 active, 3 inactive\n" +
      "192.168.4.100:80 of tcp 192.168.4.15:80: 10 active, 2 inactive, 55s left\n" +
      "192.168.4.100:80 of tcp 192.168.4.15:80: 4 active, 1 inactive, 50s left\n" +
      "192.168.4.100:80 of tcp 192.168.4.15:80: idle after 13s, deleted\n",
  );
  assert.deepEqual([ran.status, ran.stderr], [0, ""]);
  assert.deepEqual(meanwhile, ["192.168.4.200 5", "192.168.4.100 0", "5"]);
  assert.deepEqual(has(), stays);
  assert.equal(weights.size, 0);
});

test("on a terminal one line changes", async () => {
  const { counts, drain } = place({ active: 2 });
  const ran = await drain("192.168.4.100 -t 192.168.4.15:80", {
    terminal: true,
    at: { 900: () => counts(0) },
  });
  const name = "192.168.4.100:80 of tcp 192.168.4.15:80";
  assert.equal(
    ran.stdout,
    `${name}: weight 5 → 0, 2 active, 0 inactive\n` +
      `\r\x1b[K${name}: 2 active, 0 inactive\r\x1b[K${name}: 2 active, 0 inactive` +
      `\r\x1b[K${name}: idle after 1s, deleted\n`,
  );
});

test("at the deadline it is deleted, and what was cut is told", async () => {
  const { plane, drain, has } = place({ active: 2 });
  plane.setConnections([
    entry("10.0.0.1"),
    entry("10.0.0.2"),
    { ...entry("10.0.0.3"), server: at("192.168.4.200", 80) },
  ]);
  const ran = await drain("192.168.4.100 -t 192.168.4.15:80 --deadline=2s");
  assert.match(ran.stdout, /deadline after 2s, deleted, 2 connections cut\n$/);
  assert.equal(ran.status, 0);
  assert.deepEqual(has(), stays);
  assert.equal([...plane.connections()].length, 1);
});

test("persistence is ended at the beginning, or waited for", async () => {
  const { plane, counts, drain } = place({ active: 1, persistent: 1 });
  plane.setConnections([entry("10.0.0.0", true), entry("10.0.0.1")]);
  let left: boolean[] = [];
  await drain("192.168.4.100:80", {
    at: {
      600: () => {
        left = [...plane.connections()].map(({ template }) => template);
        counts(0, 0, 1);
      },
    },
  });
  assert.deepEqual(left, [false]);
  const kept = place({ persistent: 2 });
  const ran = await kept.drain("192.168.4.100:80 --keep-persistent", { at: { 5500: () => kept.counts(0) } });
  assert.match(ran.stdout, /0 inactive, 2 bound clients\n[\s\S]*idle after 6s, deleted\n$/);
});

test("an interrupt gives the weight back and deletes nothing", async () => {
  const { drain, has, weights } = place({ active: 3 });
  const ran = await drain("192.168.4.100:80", { signals: [1200, 1201] });
  assert.match(ran.stdout, /weight 0 → 5 again\n$/);
  assert.deepEqual([ran.status, has(), weights.size], [130, all, 0]);
});

test("what a killed drain left is undone, and a second drain keeps the first weight", async () => {
  const { plane, drain, has, weights } = place({ active: 3 });
  const [, server] = plane.service(web)!.servers;
  plane.editServer(web, { ...server!, weight: 0 });
  weights.set("tcp 192.168.4.15:80 192.168.4.100:80", 5);
  await drain("192.168.4.100:80", { signals: [100] });
  assert.deepEqual(has(), all);
  plane.editServer(web, { ...server!, weight: 0 });
  assert.match((await drain("192.168.4.100:80 --undo")).stderr, /no drain has left/);
  weights.set("tcp 192.168.4.15:80 192.168.4.100:80", 7);
  assert.equal(
    (await drain("192.168.4.100 --undo")).stdout,
    "192.168.4.100:80 of tcp 192.168.4.15:80: weight 0 → 7 again\n",
  );
  assert.deepEqual(plane.service(web)!.servers[1]!.upperThreshold, 9);
});

test("somebody else may delete the server meanwhile, or give it a weight", async () => {
  const gone = place({ active: 3 });
  const ran = await gone.drain("192.168.4.100:80", { at: { 800: () => gone.plane.deleteServer(web, one) } });
  assert.match(ran.stdout, /somebody else deleted it\n$/);
  const back = place({ active: 3 });
  const [, server] = back.plane.service(web)!.servers;
  const other = await back.drain("192.168.4.100:80", {
    at: { 800: () => back.plane.editServer(web, { ...server!, weight: 2 }) },
  });
  assert.match(other.stdout, /gave it a weight again, so it stays\n$/);
  assert.equal(back.weights.size, 0);
});

test("as JSON: an object on each line", async () => {
  const { counts, drain } = place({ active: 2 });
  const ran = await drain("192.168.4.100:80 --json --deadline 30", {
    at: { 900: () => counts(1), 1900: () => counts(0) },
  });
  const name = { service: "tcp 192.168.4.15:80", server: "192.168.4.100:80" };
  assert.deepEqual(
    ran.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { event: "draining", ...name, weight: 5, active: 2, inactive: 0, persistent: 0 },
      { event: "waiting", ...name, active: 2, inactive: 0, persistent: 0, secondsLeft: 30 },
      { event: "waiting", ...name, active: 1, inactive: 0, persistent: 0, secondsLeft: 29 },
      { event: "idle", ...name, cut: 0, seconds: 2 },
    ],
  );
});

test("mistakes", async () => {
  for (const [words, status, message] of [
    ["", 2, /which real server\?/],
    ["192.168.4.99", 1, /no service has a real server 192.168.4.99\n/],
    ["192.168.4.100:81", 1, /no service has a real server 192.168.4.100:81/],
    ["192.168.4.100 -t 192.168.4.15:81", 1, /there is no service tcp 192.168.4.15:81/],
    ["192.168.4.99 -t 192.168.4.15:80", 1, /service tcp 192.168.4.15:80 has no real server 192.168.4.99/],
    ["192.168.4.100 -t x", 2, /illegal virtual server address/],
    ["192.168.4.100 -6", 2, /-6 belongs to -f/],
    ["192.168.4.100 -t 1.1.1.1:1 -u 1.1.1.1:1", 2, /one service at a time/],
    ["192.168.4.100 --deadline 5x", 2, /--deadline 5x: it takes a time like 60s/],
    ["192.168.4.100 --deadline 5 --deadline 6", 2, /--deadline is given twice/],
    ["192.168.4.100 --undo --deadline 5", 2, /--undo takes no --deadline/],
    ["192.168.4.100 80", 2, /80: nothing more/],
    ["web1", 2, /web1 is no real server/],
    ["192.168.4.100 --bogus", 2, /Unknown option '--bogus'/],
  ] as const) {
    const ran = await place({ active: 1 }).drain(words);
    assert.equal(ran.status, status, words);
    assert.match(ran.stderr, message, words);
  }
  assert.match((await place().drain("--help")).stdout, /^usage: rondo drain/);
});
