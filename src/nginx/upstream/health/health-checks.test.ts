import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedMemory } from "../../../proxy/index.js";
import type { ZoneStore } from "../../zones/zone-store.js";
import type { Peer } from "../peer.js";
import { testServer, testUpstream } from "../testing/model.js";
import { Upstream } from "../upstream.js";
import { type CheckResult, HealthChecks, type Probe } from "./health-checks.js";

const settings = {
  intervalMs: 5000,
  jitterMs: 0,
  fails: 2,
  passes: 1,
  mandatory: false,
  persistent: false,
  match: "m",
  port: undefined,
};
const pass: CheckResult = { passed: true, doing: "checking status code" };
const fail: CheckResult = { passed: false, doing: "connecting to upstream", error: "connect() failed (x)" };

/** A probe whose results are given by hand. */
function byHand() {
  const open = new Map<string, (result: CheckResult) => void>();
  const probe: Probe = (peer: Peer, done) => {
    open.set(peer.name, done);
    return () => open.delete(peer.name);
  };
  return {
    probe,
    open,
    answer(name: string, result: CheckResult) {
      const done = open.get(name);
      open.delete(name);
      assert.ok(done !== undefined, `${name} is being checked`);
      done(result);
    },
  };
}

const upstreamOf = (memory: SharedMemory, ...servers: ReturnType<typeof testServer>[]) =>
  new Upstream(testUpstream(servers), { memory, role: "http", defaultPort: 80 });

test("requests don't go to a server that fails its checks, in no thread; they do when it passes again", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const memory = new SharedMemory(0, 2);
  const upstream = upstreamOf(memory, testServer("10.0.0.1"), testServer("10.0.0.2"));
  const other = upstreamOf(
    new SharedMemory(1, 2, memory.pieces),
    testServer("10.0.0.1"),
    testServer("10.0.0.2"),
  );
  const log: string[] = [];
  const hand = byHand();
  const checks = new HealthChecks(upstream, settings, hand.probe, (level, text) =>
    log.push(`${level}: ${text}`),
  );
  new HealthChecks(other, settings, hand.probe, () => assert.fail("one thread checks")).start();
  checks.start();
  t.mock.timers.tick(0);
  for (const result of [pass, fail, fail]) {
    hand.answer("10.0.0.1:80", result);
    t.mock.timers.tick(5000);
  }
  assert.deepEqual(log, [
    'error: connect() failed (x) while connecting to upstream, health check "m" of peer 10.0.0.1:80 in upstream "u"',
    'error: connect() failed (x) while connecting to upstream, health check "m" of peer 10.0.0.1:80 in upstream "u"',
    'warn: peer is unhealthy while connecting to upstream, health check "m" of peer 10.0.0.1:80 in upstream "u"',
  ]);
  for (const each of [upstream, other])
    for (let count = 0; count < 4; count++) assert.equal(each.begin().next()?.name, "10.0.0.2:80");
  assert.deepEqual(upstream.peers[0]!.checks, { all: 3, failed: 2, timesUnhealthy: 1 });
  hand.answer("10.0.0.1:80", pass);
  assert.equal(
    log.at(-1),
    'notice: peer is healthy while checking status code, health check "m" of peer 10.0.0.1:80 in upstream "u"',
  );
  assert.equal(other.peers[0]!.healthy, true);
  checks.stop();
  assert.equal(hand.open.size, 0);
});

test("one that has to pass first serves nobody before; one of several checks is enough against it", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const upstream = upstreamOf(new SharedMemory(), testServer("10.0.0.1"));
  const [first, second] = [byHand(), byHand()];
  const made = [
    new HealthChecks(upstream, { ...settings, mandatory: true }, first.probe, () => {}),
    new HealthChecks(upstream, { ...settings, fails: 1 }, second.probe, () => {}),
  ];
  for (const each of made) each.start();
  t.mock.timers.tick(0);
  assert.equal(upstream.begin().next(), undefined);
  second.answer("10.0.0.1:80", pass);
  assert.equal(upstream.begin().next(), undefined);
  first.answer("10.0.0.1:80", pass);
  assert.equal(upstream.begin().next()?.name, "10.0.0.1:80");
  t.mock.timers.tick(5000);
  second.answer("10.0.0.1:80", fail);
  first.answer("10.0.0.1:80", pass);
  assert.equal(upstream.begin().next(), undefined);
  for (const each of made) each.stop();
});

test("addresses that come are checked, and those that go aren't any more", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const answers = [
    ["10.0.0.1", "10.0.0.2"],
    ["10.0.0.2", "10.0.0.3"],
  ];
  const upstream = new Upstream(testUpstream([testServer("app.test", { resolve: true })]), {
    memory: new SharedMemory(),
    role: "http",
    defaultPort: 80,
    lookup: async () => ({ addresses: answers.shift()!.map((address) => ({ address })), ttlMs: 5000 }),
  });
  const hand = byHand();
  const checks = new HealthChecks(upstream, { ...settings, mandatory: true }, hand.probe, () => {});
  checks.start();
  await upstream.ready;
  t.mock.timers.tick(0);
  assert.deepEqual([...hand.open.keys()], ["10.0.0.1:80", "10.0.0.2:80"]);
  hand.answer("10.0.0.2:80", pass);
  t.mock.timers.tick(5000);
  await new Promise<void>((resolve) => setImmediate(resolve));
  t.mock.timers.tick(0);
  assert.deepEqual([...hand.open.keys()], ["10.0.0.2:80", "10.0.0.3:80"]);
  assert.equal(upstream.begin().next()?.name, "10.0.0.2:80");
  assert.equal(upstream.peers[1]!.healthy, false);
  checks.stop();
  upstream.close();
});

test("after a reload a persistent check lets those serve that were healthy, and no others", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const memories = new Map<string, ArrayBufferLike>();
  /** Of one configuration: the zones that are kept are those of the one before. */
  const store = (): ZoneStore => ({
    slot: 0,
    isFirst: true,
    take({ id, bytes, isKept }, make) {
      const memory = (isKept ? memories.get(id) : undefined) ?? new SharedArrayBuffer(bytes);
      memories.set(id, memory);
      return make(memory);
    },
  });
  const begin = (persistent: boolean) => {
    const model = testUpstream([testServer("10.0.0.1"), testServer("10.0.0.2")]);
    const upstream = new Upstream(
      { ...model, zone: { name: "z", size: 65_536 } },
      { memory: new SharedMemory(), zoneStore: store(), role: "http", defaultPort: 80 },
    );
    const hand = byHand();
    const checks = new HealthChecks(
      upstream,
      { ...settings, mandatory: true, persistent },
      hand.probe,
      () => {},
    );
    checks.start();
    t.mock.timers.tick(0);
    return { hand, checks, healthy: () => upstream.peers.map((peer) => peer.healthy) };
  };
  const first = begin(true);
  assert.deepEqual(first.healthy(), [false, false]);
  first.hand.answer("10.0.0.1:80", pass);
  assert.deepEqual(first.healthy(), [true, false]);
  first.checks.stop();
  const second = begin(true);
  assert.deepEqual(second.healthy(), [true, false]);
  for (const result of [fail, fail]) {
    second.hand.answer("10.0.0.1:80", result);
    t.mock.timers.tick(5000);
  }
  second.hand.answer("10.0.0.2:80", pass);
  second.checks.stop();
  const third = begin(true);
  assert.deepEqual(third.healthy(), [false, true]);
  third.checks.stop();
  const fourth = begin(false);
  assert.deepEqual(fourth.healthy(), [false, false]);
  fourth.checks.stop();
});
