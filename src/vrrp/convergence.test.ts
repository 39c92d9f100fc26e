import assert from "node:assert/strict";
import { test } from "node:test";
import { config, instance, syncGroup, tracked, vip } from "../../test/vrrp/settings.js";
import { Host, Network } from "../../test/vrrp/simulation.js";
import type { VrrpInstance } from "../config/keepalived/model/index.js";
import type { VrrpConfig } from "./index.js";

/** mulberry32: the same network for the same number. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Plan {
  readonly network: Network;
  readonly instances: readonly string[];
  readonly random: () => number;
  /** The longest interval. */
  readonly interval: number;
  readonly grouped: boolean;
}

const vips = [vip("192.168.4.80"), vip("192.168.4.81")];

const pick = <Value>(random: () => number, values: readonly Value[]): Value =>
  values[Math.floor(random() * values.length)]!;

/** A network of two to five routers with settings of all kinds, each with a clock of its own. */
function plan(seed: number): Plan {
  const random = seeded(seed);
  const chance = (of: number) => random() < of;
  const count = 2 + Math.floor(random() * 4);
  const version = pick(random, [2, 3] as const);
  const base = version === 2 ? pick(random, [1000, 2000]) : pick(random, [10, 100, 1000]);
  const mixed = version === 3 && chance(0.3);
  const grouped = chance(0.3);
  const names = grouped || chance(0.2) ? ["VI_1", "VI_2"] : ["VI_1"];
  let interval = base;
  const hosts = Array.from({ length: count }, (_, index) => {
    const advertInterval = mixed ? base * pick(random, [1, 2, 3]) : base;
    interval = Math.max(interval, advertInterval);
    const some: Partial<VrrpInstance> = {
      version,
      advertInterval,
      state: pick(random, ["MASTER", "BACKUP"] as const),
      preempt: !chance(0.3),
      preemptDelay: chance(0.2) ? 5 * base : 0,
      downTimerAdverts: pick(random, [2, 3, 3, 3, 4]),
      lowerPriorityNoAdvert: chance(0.2),
      higherPrioritySendAdvert: chance(0.2),
      strict: chance(0.1),
    };
    const priority = () => pick(random, [1, 50, 90, 100, 100, 101, 150, 200, 254, 255]);
    const weighted = chance(0.3);
    const tracking = {
      interfaces: [],
      scripts: [],
      files: weighted ? [tracked("weight")] : [],
      processes: [],
      bfds: [],
    };
    const own = priority();
    const instances = names.map((name, at) =>
      instance({
        name,
        virtualRouterId: 51 + at,
        addresses: [vips[at]!],
        ...some,
        // Routers that want another order in each member of a group may give way to each other for ever, as real ones do.
        priority: grouped ? Math.min(own + 3 * at, 254) : priority(),
        tracking,
      }),
    );
    const at = { file: "test", line: 1, column: 1 };
    const more: Parameters<typeof config>[1] = {
      trackFiles: [{ name: "weight", path: "/dev/null", weight: 1, reverse: false, at }],
      syncGroups: grouped ? [syncGroup("G", names)] : [],
    };
    const made: VrrpConfig = config(instances, more);
    // Quartz is within a thousandth; a virtual machine's clock may be worse.
    return new Host(index, made, 1 + (random() - 0.5) * 0.01, random() * 1e6);
  });
  const network = new Network(hosts, random, false);
  network.delay = Math.min(5, base / 20);
  return { network, instances: names, random, interval, grouped };
}

/** Loss, restarts, stops, cuts, faults, reloads, changes of priority. */
function disturb({ network, random, interval }: Plan): void {
  const { hosts } = network;
  network.loss = pick(random, [0, 0, 0.05, 0.3]);
  for (const host of hosts) if (random() < 0.9) network.start(host);
  const acts = Math.floor(random() * 6);
  for (let act = 0; act < acts; act++) {
    network.run(network.now + random() * 4 * interval);
    const host = pick(random, hosts);
    const set = (up: boolean) => {
      host.linkUp = up;
      network.tell(host, (router, now) =>
        router.interfaceChanged("eth0", host.facts.interfaces.get("eth0")!, now),
      );
    };
    switch (Math.floor(random() * 9)) {
      case 0:
        network.kill(host);
        break;
      case 1:
        if (!host.router) network.start(host);
        break;
      case 2:
        network.tell(host, (router, now) => router.stop(now));
        break;
      case 3:
        if (host.router) network.replace(host);
        break;
      case 4:
        host.cutOff = !host.cutOff;
        break;
      case 5:
        set(!host.linkUp);
        break;
      case 6:
        network.tell(host, (router, now) =>
          router.fileChanged("weight", Math.round(random() * 100 - 50), now),
        );
        break;
      case 7:
        network.tell(host, (router, now) => router.reload(host.config, now));
        break;
      default:
        network.loss = random() * 0.5;
    }
  }
  network.loss = 0;
  for (const host of hosts) host.cutOff = false;
}

/** Long enough for the slowest: a preempt_delay, and several times the longest patience. */
const patience = ({ interval }: Plan) => 16 * interval + 300;

function judge(plan: Plan, seed: number): void {
  const { network, instances, interval, grouped } = plan;
  const { hosts } = network;
  const able = (host: Host, name: string) => host.state(name) === "MASTER" || host.state(name) === "BACKUP";
  const masters = (name: string) => hosts.filter((host) => host.state(name) === "MASTER");
  const stable = () => {
    for (const name of instances) {
      const expected = hosts.some((host) => able(host, name)) ? 1 : 0;
      const right = hosts.every((host) => host.holds.has(name) === (host.state(name) === "MASTER"));
      const count = hosts.reduce((sum, host) => sum + Number(host.state(name) === "MASTER"), 0);
      if (right && count === expected) continue;
      const now = masters(name);
      assert.equal(
        now.length,
        expected,
        `network ${seed}: ${now.length} masters of ${name} at ${network.now}`,
      );
      for (const host of hosts)
        assert.equal(
          host.holds.has(name),
          now.includes(host),
          `network ${seed}: who has the addresses of ${name}`,
        );
    }
    if (grouped)
      for (const host of hosts) {
        const states = new Set(instances.map((name) => host.state(name)));
        assert.equal(states.size, 1, `network ${seed}: a group apart: ${[...states]}`);
      }
  };
  stable();
  const before = instances.map((name) => masters(name)[0]);
  network.run(network.now + 4 * interval, stable);
  instances.forEach((name, at) => {
    assert.equal(masters(name)[0], before[at], `network ${seed}: the master of ${name} changes`);
  });
}

/** RONDO_NETWORKS: how many; a failing one's number with RONDO_NETWORK. */
const count = Number(process.env["RONDO_NETWORKS"] ?? 10_000);
const single = process.env["RONDO_NETWORK"];

test(`${count} networks converge to one master, and none to two`, () => {
  const seeds = single === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(single)];
  for (const seed of seeds) {
    const made = plan(seed);
    disturb(made);
    made.network.run(made.network.now + patience(made));
    judge(made, seed);
  }
});
