import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config, instance, noTracking, syncGroup, tracked } from "../../test/vrrp/settings.js";
import type { Tracking } from "../config/keepalived/model/index.js";
import { IpAddress } from "../wire/index.js";
import { explain, standingOf, type VrrpFacts, VrrpRouter } from "./index.js";

const address4 = IpAddress.of("192.168.4.11");
const known = (some: Partial<VrrpFacts> = {}): VrrpFacts => ({
  interfaces: new Map([
    ["eth0", { up: true, address4 }],
    ["eth1", { up: false }],
    ["eth2", { up: true }],
  ]),
  scripts: new Map(),
  files: new Map(),
  processes: new Map(),
  bfds: new Map(),
  ...some,
});
const tracking = (some: Partial<Tracking>): Tracking => ({ ...noTracking, ...some });
const standing = (some: Partial<Tracking>, facts: Partial<VrrpFacts> = {}, priority = 100) =>
  standingOf(instance({ priority, tracking: tracking(some) }), config([]), known(facts));

describe("effective priority", () => {
  test("a positive weight while well, a negative one while not; reverse turns the sign", () => {
    const cases: [number, boolean, boolean, number][] = [
      [20, false, true, 120],
      [20, false, false, 100],
      [-20, false, true, 100],
      [-20, false, false, 80],
      [20, true, true, 80],
      [20, true, false, 100],
      [-20, true, false, 120],
    ];
    for (const [weight, reverse, good, expected] of cases) {
      const scripts = standing(
        { scripts: [tracked("s", weight, reverse)] },
        { scripts: new Map([["s", good]]) },
      );
      assert.equal(scripts.priority, expected);
      const processes = standing(
        { processes: [tracked("p", weight, reverse)] },
        { processes: new Map([["p", good]]) },
      );
      assert.equal(processes.priority, expected);
      const bfds = standing({ bfds: [tracked("b", weight, reverse)] }, { bfds: new Map([["b", good]]) });
      assert.equal(bfds.priority, expected);
      const interfaces = standing({ interfaces: [tracked(good ? "eth2" : "eth1", weight, reverse)] });
      assert.equal(interfaces.priority, expected);
    }
  });

  test("a script that hasn't run adds nothing, and isn't waited for unless its weight is 0", () => {
    assert.deepEqual(standing({ scripts: [tracked("s", -20)] }).waiting, []);
    assert.equal(standing({ scripts: [tracked("s", -20)] }).priority, 100);
    assert.deepEqual(standing({ scripts: [tracked("s", 0)] }).waiting, ["s"]);
  });

  test("weight 0 is a fault when it fails, with reverse when it doesn't", () => {
    const scripts = (good: boolean, reverse: boolean) =>
      standing({ scripts: [tracked("s", 0, reverse)] }, { scripts: new Map([["s", good]]) }).faults;
    assert.deepEqual(scripts(true, false), []);
    assert.deepEqual(scripts(false, false), ["due to script s"]);
    assert.deepEqual(scripts(true, true), ["due to script s"]);
    assert.deepEqual(standing({ interfaces: [tracked("eth1", 0)] }).faults, ["interface eth1 down"]);
    assert.deepEqual(standing({ interfaces: [tracked("eth2", 0, true)] }).faults, ["interface eth2 up"]);
  });

  test("a file adds its number times the weight; -254 and less is a fault", () => {
    const file = (value: number, weight: number, reverse = false) =>
      standing({ files: [tracked("f", weight, reverse)] }, { files: new Map([["f", value]]) });
    assert.equal(file(10, 2).priority, 120);
    assert.equal(file(10, 2, true).priority, 80);
    assert.equal(file(400, 1).priority, 254);
    assert.equal(file(-200, 1).priority, 1);
    assert.deepEqual(file(-254, 1).faults, ["tracked file f has status -254"]);
    assert.deepEqual(file(0, 0).faults, []);
    assert.deepEqual(file(1, 0).faults, ["tracked file f has status -254"]);
  });

  test("stays between 1 and 254; an owner's doesn't change", () => {
    const sum = (weights: number[], priority = 100) =>
      standing(
        { scripts: weights.map((weight, at) => tracked(`s${at}`, weight)) },
        { scripts: new Map(weights.map((weight, at) => [`s${at}`, weight > 0])) },
        priority,
      ).priority;
    assert.equal(sum([100, 100]), 254);
    assert.equal(sum([-100, -100]), 1);
    assert.equal(sum([-100], 255), 255);
  });

  test("its own interface counts unless dont_track_primary; without an address it is in FAULT", () => {
    const on = (name: string, some = {}) =>
      standingOf(instance({ interface: name, ...some }), config([]), known()).faults;
    assert.deepEqual(on("eth0"), []);
    assert.deepEqual(on("eth1"), ["no IPv4 address for interface", "interface eth1 down"]);
    assert.deepEqual(on("eth1", { dontTrackPrimary: true, sourceAddress: address4 }), []);
    assert.deepEqual(on("eth9", { sourceAddress: address4 }), ["interface eth9 down"]);
  });

  test("authentication by AH isn't done, and says so; unicast without peers may be a fault", () => {
    const ah = instance({ authentication: { type: "AH", password: "1111" } });
    assert.match(standingOf(ah, config([]), known()).faults.join(), /AH isn't done/);
    const alone = instance({ unicast: true, unicastFaultNoPeer: true });
    assert.match(standingOf(alone, config([]), known()).faults.join(), /without any peers/);
  });

  test("a definition's weight counts where the instance says none; an owner in the group clears weights", () => {
    const at = { file: "test", line: 1, column: 1 };
    const file = { name: "f", path: "/f", weight: 3, reverse: true, at };
    const some = config([], { trackFiles: [file] });
    const facts = known({ files: new Map([["f", 5]]) });
    const one = instance({ tracking: tracking({ files: [tracked("f")] }) });
    assert.equal(standingOf(one, some, facts).priority, 85);
    const settings = syncGroup("G", ["VI_1"], { tracking: tracking({ files: [tracked("f", 4)] }) });
    assert.equal(standingOf(instance(), some, facts, { settings, owner: false }).priority, 120);
    assert.deepEqual(standingOf(instance(), some, facts, { settings, owner: true }).faults.length, 1);
  });
});

test("says in words why an instance is what it is, and what would change it", () => {
  const scripts = [tracked("chk", -20)];
  const one = instance({ tracking: tracking({ scripts }), preemptDelay: 60_000 });
  const router = new VrrpRouter(config([one]), { interfaces: new Map([["eth0", { up: true, address4 }]]) });
  router.start(0);
  router.scriptResult("chk", false, 100);
  const told = () => explain(router.snapshot(2000), 2500)[0]!;
  assert.deepEqual(told().because, [
    "It is BACKUP since 2.50 s: it has just begun; everybody but an address owner begins as BACKUP, whatever `state` says.",
    "It has heard no master yet.",
    "Its priority is 80 = 100 − 20 (script chk is failing).",
  ]);
  assert.deepEqual(told().changes, [
    "It becomes master if it hears nothing that counts for another 1.19 s.",
    "It becomes master 0.69 s after the master says that it stops.",
    "interface eth0 failing means FAULT.",
    "If script chk recovers, its priority becomes 100.",
  ]);
  router.tick(3700);
  assert.match(
    explain(router.snapshot(4000))[0]!.because[0]!,
    /^It is MASTER since 0.30 s: no advertisement/,
  );
  router.interfaceChanged("eth0", { up: false, address4 }, 5000);
  assert.match(
    explain(router.snapshot(5000))[0]!.because[0]!,
    /^It is in FAULT since 0.00 s: interface eth0 down/,
  );
});
