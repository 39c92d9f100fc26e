import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config, instance, noTracking, syncGroup, tracked, vip } from "../../test/vrrp/settings.js";
import { IpAddress, vrrpGroup4 } from "../wire/index.js";
import { type VrrpAction, VrrpRouter } from "./index.js";

const source = IpAddress.of("192.168.4.12");
const inside = instance({ name: "inside", virtualRouterId: 51, interface: "eth0" });
const outside = instance({
  name: "outside",
  virtualRouterId: 52,
  interface: "eth1",
  addresses: [vip("10.0.0.80")],
});
const facts = {
  interfaces: new Map([
    ["eth0", { up: true, address4: IpAddress.of("192.168.4.11") }],
    ["eth1", { up: true, address4: IpAddress.of("10.0.0.11") }],
  ]),
};

class Pair {
  readonly router: VrrpRouter;
  actions: VrrpAction[];
  constructor(group = syncGroup("G", ["inside", "outside"]), owner = false) {
    const priority = owner ? 255 : 100;
    const both = [inside, outside].map((one) => ({ ...one, priority }));
    this.router = new VrrpRouter(config(both, { syncGroups: [group] }), facts);
    this.actions = this.router.start(0);
  }
  get states() {
    return [...this.router.machines.values()].map(({ state }) => state).join(" ");
  }
  get lines() {
    return this.actions.flatMap((action) => (action.kind === "log" && !action.detail ? [action.text] : []));
  }
  get events() {
    return this.actions.flatMap((action) =>
      action.kind === "group-transition" ? [`${action.from} → ${action.to}`] : [],
    );
  }
  run(until: number): this {
    this.actions = [];
    for (let at = this.router.deadline; at !== undefined && at <= until; at = this.router.deadline)
      this.actions.push(...this.router.tick(at));
    return this;
  }
  hear(name: "inside" | "outside", priority: number, now: number): this {
    const { virtualRouterId, addresses } = name === "inside" ? inside : outside;
    const advertisement = {
      version: 2 as const,
      virtualRouterId,
      priority,
      interval: 1000,
      addresses: addresses.map(({ address }) => address),
    };
    const heard = { advertisement, source, destination: vrrpGroup4, ttl: 255, checksum: "pseudo" as const };
    this.actions = this.router.heard(name, heard, now);
    return this;
  }
}

describe("a sync group", () => {
  test("becomes master together, once all want to", () => {
    const pair = new Pair();
    assert.equal(pair.states, "BACKUP BACKUP");
    assert.deepEqual(pair.events, ["INIT → BACKUP"]);
    pair.hear("outside", 200, 1000).run(4000);
    assert.equal(pair.states, "BACKUP BACKUP", "inside wants to, outside has a master");
    pair.run(9000);
    assert.equal(pair.states, "MASTER MASTER");
    assert.ok(pair.lines.includes("VRRP_Group(G) Syncing instances to MASTER state"));
    assert.deepEqual(pair.events, ["BACKUP → MASTER"]);
  });

  test("gives way together", () => {
    const pair = new Pair().run(9000).hear("outside", 200, 9000);
    assert.equal(pair.states, "BACKUP BACKUP");
    assert.deepEqual(pair.events, ["MASTER → BACKUP"]);
    assert.deepEqual(pair.lines, [
      "(outside) Master received advert from 192.168.4.12 with higher priority 200, ours 100",
      "(outside) Entering BACKUP STATE",
      "VRRP_Group(G) Syncing instances to BACKUP state",
      "(inside) Entering BACKUP STATE",
    ]);
  });

  test("a fault of one is a fault of all, and recovery waits for all", () => {
    const pair = new Pair().run(9000);
    const link = (name: string, up: boolean, now: number) => {
      pair.actions = pair.router.interfaceChanged(name, { ...facts.interfaces.get(name)!, up }, now);
    };
    link("eth0", false, 9000);
    assert.equal(pair.states, "FAULT FAULT");
    assert.deepEqual(pair.events, ["MASTER → FAULT"]);
    assert.equal(pair.actions.filter(({ kind }) => kind === "remove").length, 2);
    link("eth1", false, 9100);
    link("eth0", true, 9200);
    assert.equal(pair.states, "FAULT FAULT");
    link("eth1", true, 9300);
    assert.equal(pair.states, "BACKUP BACKUP");
    assert.deepEqual(pair.events, ["FAULT → BACKUP"]);
    assert.equal(pair.run(20_000).states, "MASTER MASTER");
  });

  test("owners begin as masters together", () => {
    const pair = new Pair(undefined, true);
    assert.equal(pair.states, "MASTER MASTER");
    assert.deepEqual(pair.events, ["INIT → MASTER"]);
  });

  test("a member whose file says MASTER waits an interval and the least skew alone", () => {
    const both = [inside, outside].map((one) => ({ ...one, state: "MASTER" as const }));
    const groups = [syncGroup("G", ["inside", "outside"])];
    const router = new VrrpRouter(config(both, { syncGroups: groups }), facts);
    router.start(0);
    assert.equal(router.deadline, 1000 + 1000 / 256);
    router.tick(router.deadline);
    assert.equal([...router.machines.values()].map(({ state }) => state).join(" "), "MASTER MASTER");
  });

  test("its tracking counts for every member; a master that corrects a lower one has all announce", () => {
    const tracking = { ...noTracking, files: [tracked("f", 1)] };
    const pair = new Pair(syncGroup("G", ["inside", "outside"], { tracking, trackingWeight: true })).run(
      9000,
    );
    pair.actions = pair.router.fileChanged("f", -30, 9000);
    assert.deepEqual(
      [...pair.router.machines.values()].map(({ priority }) => priority),
      [70, 70],
    );
    pair.hear("inside", 60, 12_000);
    const announcing = pair.actions.flatMap((action) =>
      action.kind === "announce" ? [action.instance] : [],
    );
    assert.deepEqual(announcing, ["inside", "outside"]);
  });

  test("a member that a reload brings to a master's group is master, too, and one that it takes away stops", () => {
    const one = syncGroup("G", ["inside"]);
    const both = syncGroup("G", ["inside", "outside"]);
    const router = new VrrpRouter(config([inside], { syncGroups: [one] }), facts);
    router.start(0);
    router.tick(router.deadline!);
    const states = () => [...router.machines.values()].map(({ state }) => state).join(" ");
    assert.equal(states(), "MASTER");
    router.reload(config([inside, outside], { syncGroups: [both] }), 5000);
    assert.equal(states(), "MASTER MASTER");
    router.reload(config([inside], { syncGroups: [one] }), 6000);
    assert.equal(states(), "MASTER");
    const actions: VrrpAction[] = [];
    for (let at = router.deadline; at !== undefined && at < 8000; at = router.deadline)
      actions.push(...router.tick(at));
    const gone = actions.find(({ kind }) => kind === "transition");
    assert.ok(gone?.kind === "transition" && gone.reason === "deleted" && gone.instance === "outside");
  });

  test("instances that a reload makes a group are so together", () => {
    const router = new VrrpRouter(config([inside, outside]), facts);
    router.start(0);
    const heard = {
      advertisement: {
        version: 2 as const,
        virtualRouterId: 52,
        priority: 200,
        interval: 1000,
        addresses: [IpAddress.of("10.0.0.80")],
      },
      source,
      destination: vrrpGroup4,
      checksum: "pseudo" as const,
    };
    router.heard("outside", heard, 3000);
    router.tick(4000);
    const states = () => [...router.machines.values()].map(({ state }) => state).join(" ");
    assert.equal(states(), "MASTER BACKUP");
    router.reload(config([inside, outside], { syncGroups: [syncGroup("G", ["inside", "outside"])] }), 4000);
    assert.equal(states(), "MASTER MASTER");
    router.heard("outside", heard, 4001);
    assert.equal(states(), "BACKUP BACKUP");
  });

  test("a process that takes over finds the group as it was", () => {
    const pair = new Pair().run(9000);
    const snapshot = JSON.parse(JSON.stringify(pair.router.snapshot(9000)));
    const groups = [syncGroup("G", ["inside", "outside"])];
    const router = new VrrpRouter(config([inside, outside], { syncGroups: groups }), facts);
    const actions = router.resume(snapshot, 9050);
    assert.deepEqual(new Set(actions.map(({ kind }) => kind)), new Set(["install"]));
    assert.equal(router.groups[0]!.state, "MASTER");
  });
});
