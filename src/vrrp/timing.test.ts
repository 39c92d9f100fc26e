import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config, instance } from "../../test/vrrp/settings.js";
import { Host, Network } from "../../test/vrrp/simulation.js";
import type { VrrpInstance } from "../config/keepalived/model/index.js";

/** Two routers as the recordings have them: priorities 100 and 90, in one of both versions. */
const pairs: { name: string; some: Partial<VrrpInstance>; skew: (priority: number) => number }[] = [
  { name: "v2, 1 s", some: { version: 2, advertInterval: 1000 }, skew: (p) => ((256 - p) * 1000) / 256 },
  { name: "v3, 0.1 s", some: { version: 3, advertInterval: 100 }, skew: (p) => ((256 - p) * 100) / 256 },
  { name: "v3, 0.01 s", some: { version: 3, advertInterval: 10 }, skew: (p) => ((256 - p) * 10) / 256 },
];

function pair(some: Partial<VrrpInstance>, backup: Partial<VrrpInstance> = {}) {
  const hosts = [
    new Host(0, config([instance({ priority: 100, ...some })]), 1, 0),
    new Host(1, config([instance({ priority: 90, ...some, ...backup })]), 1, 0),
  ] as const;
  const network = new Network(hosts);
  network.delay = 0;
  return { network, first: hosts[0], second: hosts[1] };
}

/** When a host became master, after a time. */
const becameMaster = (network: Network, host: Host, after: number) =>
  network.actions.find(
    ({ at, host: by, action }) =>
      at >= after && by === host && action.kind === "transition" && action.to === "MASTER",
  )?.at;
const lastAdvert = (network: Network, host: Host) =>
  network.actions.findLast(({ host: by, action }) => by === host && action.kind === "advertise")!.at;
const near = (actual: number | undefined, expected: number) =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 0.01, `${actual} instead of ${expected}`);

describe("times of a takeover", () => {
  for (const { name, some, skew } of pairs) {
    const interval = some.advertInterval!;
    const running = (more: Partial<VrrpInstance> = {}) => {
      const all = pair(some, more);
      all.network.start(all.first);
      all.network.start(all.second);
      all.network.run(8 * interval);
      assert.equal(all.first.state("VI_1"), "MASTER");
      assert.equal(all.second.state("VI_1"), "BACKUP");
      return all;
    };

    test(`${name}: the first one waits three intervals and its skew`, () => {
      const { network, first } = running();
      near(becameMaster(network, first, 0), 3 * interval + skew(100));
    });

    test(`${name}: power failure`, () => {
      const { network, first, second } = running();
      const last = lastAdvert(network, first);
      network.kill(first);
      network.run(network.now + 5 * interval);
      near(becameMaster(network, second, last), last + 3 * interval + skew(90));
    });

    test(`${name}: down_timer_adverts 2`, () => {
      const { network, first, second } = running({ downTimerAdverts: 2 });
      const last = lastAdvert(network, first);
      network.kill(first);
      network.run(network.now + 5 * interval);
      near(becameMaster(network, second, last), last + 2 * interval + skew(90));
    });

    test(`${name}: a stop makes before it breaks`, () => {
      const { network, first, second } = running();
      const stopped = network.now;
      network.tell(first, (router, now) => router.stop(now));
      network.run(stopped + skew(90) - 0.001);
      assert.ok(first.holds.has("VI_1"), "it keeps its addresses");
      network.run(stopped + skew(90) + 10);
      near(becameMaster(network, second, stopped), stopped + skew(90));
      assert.ok(first.holds.has("VI_1") && second.holds.has("VI_1"));
      network.run(stopped + 2 * interval + 2000);
      const gone = network.actions.find(
        ({ at, host, action }) => at >= stopped && host === first && action.kind === "remove",
      )!;
      near(gone.at, stopped + skew(90) + 50);
      assert.equal(first.state("VI_1"), "STOPPED");
      const of = network.actions.filter(({ host, at }) => host === first && at >= stopped);
      assert.equal(of.at(-1)!.action.kind, "stopped");
    });

    test(`${name}: who stops alone waits for the slowest skew, and no longer`, () => {
      const { network, first, second } = running();
      network.kill(second);
      const stopped = network.now;
      network.tell(first, (router, now) => router.stop(now));
      network.run(stopped + 5000);
      const end = network.actions.find(({ action }) => action.kind === "stopped")!;
      near(end.at, stopped + skew(1) + 150);
    });

    test(`${name}: a higher priority comes back`, () => {
      const { network, first, second } = pair(some);
      network.start(second);
      network.run(8 * interval);
      const start = network.now;
      network.start(first);
      network.run(start + 5 * interval);
      near(becameMaster(network, first, start), start + 3 * interval + skew(100));
      const left = network.actions.find(
        ({ action, host }) =>
          host === second &&
          action.kind === "transition" &&
          action.to === "BACKUP" &&
          action.from === "MASTER",
      )!;
      near(left.at, start + 3 * interval + skew(100));
    });

    test(`${name}: preempt_delay counts from the first lower-priority advertisement`, () => {
      const { network, first, second } = pair(some);
      first.config = config([instance({ priority: 100, ...some, preemptDelay: 20 * interval })]);
      network.start(second);
      network.run(8 * interval);
      const start = network.now;
      network.start(first);
      network.run(start + 60 * interval);
      const taken = becameMaster(network, first, start)!;
      const least = start + 20 * interval + 2 * interval;
      assert.ok(taken > least && taken < least + 3 * interval, `${taken - start}`);
    });

    test(`${name}: nopreempt stays backup`, () => {
      const { network, first, second } = pair(some);
      first.config = config([instance({ priority: 100, ...some, preempt: false })]);
      network.start(second);
      network.run(8 * interval);
      network.start(first);
      network.run(network.now + 60 * interval);
      assert.equal(first.state("VI_1"), "BACKUP");
      assert.equal(second.state("VI_1"), "MASTER");
    });

    test(`${name}: an address owner is master at once`, () => {
      const { network, first } = pair({ ...some, priority: 255 }, { priority: 90 });
      network.start(first);
      assert.equal(first.state("VI_1"), "MASTER");
      assert.deepEqual(
        network.actions
          .filter(({ action }) => action.kind !== "log")
          .slice(1)
          .map(({ action }) => action.kind),
        ["advertise", "install", "announce", "transition"],
      );
    });

    test(`${name}: a process takes over from a dead one without a transition`, () => {
      const { network, first, second } = running();
      const at = network.now;
      network.replace(first);
      network.replace(second);
      network.run(at + 20 * interval);
      assert.equal(first.state("VI_1"), "MASTER");
      assert.equal(second.state("VI_1"), "BACKUP");
      const changes = network.actions.filter((one) => one.at >= at && one.action.kind === "transition");
      assert.deepEqual(changes, []);
    });
  }
});
