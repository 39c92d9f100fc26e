import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { config, garp, instance, tracked, vip } from "../../../test/vrrp/settings.js";
import type { VrrpInstance } from "../../config/keepalived/model/index.js";
import { encodeVrrp, IpAddress, type VrrpAdvertisement, vrrpGroup4, vrrpPassword } from "../../wire/index.js";
import { advertisementPackets, type VrrpAction, VrrpRouter } from "../index.js";

const own = IpAddress.of("192.168.4.11");
const other = IpAddress.of("192.168.4.12");
const facts = { interfaces: new Map([["eth0", { up: true, address4: own }]]) };

function advert(some: Partial<VrrpAdvertisement> = {}): VrrpAdvertisement {
  const addresses = [IpAddress.of("192.168.4.80")];
  return { version: 2, virtualRouterId: 51, priority: 90, interval: 1000, addresses, ...some };
}

/** A router alone with the test, which sends it packets. */
class Alone {
  readonly router: VrrpRouter;
  now = 0;
  actions: VrrpAction[] = [];
  constructor(some: Partial<VrrpInstance> = {}, more: Parameters<typeof config>[1] = {}) {
    this.router = new VrrpRouter(config([instance(some)], more), facts);
    this.actions = this.router.start(0);
  }
  get state() {
    return this.router.machines.get("VI_1")!.state;
  }
  get counters() {
    return this.router.machines.get("VI_1")!.counters;
  }
  run(until: number): VrrpAction[] {
    this.actions = [];
    for (let at = this.router.deadline; at !== undefined && at <= until; at = this.router.deadline)
      this.actions.push(...this.router.tick(at));
    this.now = until;
    return this.actions;
  }
  master(): this {
    this.run(5000);
    assert.equal(this.state, "MASTER");
    return this;
  }
  hear(
    some: Partial<VrrpAdvertisement> = {},
    { source = other, destination = vrrpGroup4, ttl = 255 } = {},
  ): VrrpAction[] {
    const payload = encodeVrrp(advert(some), { source, destination });
    this.actions = this.router.receive({ interface: "eth0", source, destination, ttl, payload }, this.now);
    return this.actions;
  }
  get kinds() {
    return this.actions.filter(({ kind }) => kind !== "log").map(({ kind }) => kind);
  }
  get lines() {
    return this.actions.flatMap((action) => (action.kind === "log" ? [action.text] : []));
  }
}

describe("the state machine", () => {
  test("begins by taking off what was left, and as BACKUP whatever the file says", () => {
    const alone = new Alone({ state: "MASTER" });
    assert.deepEqual(alone.lines, ["(VI_1) removing VIPs.", "(VI_1) Entering BACKUP STATE (init)"]);
    assert.deepEqual(alone.kinds, ["remove", "transition"]);
    assert.equal(alone.router.deadline, 3000 + (156 * 1000) / 256);
  });

  test("becomes master: advertisement, addresses, announcements, in this order; again after five seconds", () => {
    const alone = new Alone();
    alone.run(3700);
    assert.deepEqual(alone.lines, [
      "(VI_1) Receive advertisement timeout",
      "(VI_1) Entering MASTER STATE",
      "(VI_1) setting VIPs.",
    ]);
    assert.deepEqual(alone.kinds, ["advertise", "install", "announce", "transition"]);
    const [rounds] = alone.actions.flatMap((action) => (action.kind === "announce" ? [action.rounds] : []));
    assert.equal(rounds, 5);
    alone.run(8600);
    assert.deepEqual(alone.kinds, ["advertise", "advertise", "advertise", "advertise"]);
    alone.run(8620);
    assert.deepEqual(new Set(alone.kinds), new Set(["advertise", "announce"]));
    alone.run(60_000);
    assert.deepEqual(new Set(alone.kinds), new Set(["advertise"]));
  });

  test("what it sends is what the real one sends", () => {
    const alone = new Alone({ authentication: { type: "PASS", password: "1111" } });
    const action = alone.run(3700).find(({ kind }) => kind === "advertise");
    assert.ok(action?.kind === "advertise");
    const [packet] = advertisementPackets(action);
    assert.equal(Buffer.from(packet!.payload).toString("hex"), "213364010101526fc0a804503131313100000000");
    assert.equal(packet!.destination.toString(), "224.0.0.18");
  });

  test("refreshes its announcements", () => {
    const alone = new Alone({
      garp: { ...garp, masterDelay: 0, masterRefresh: 60_000, masterRefreshRepeat: 2 },
    });
    alone.run(3700);
    const at = 3000 + (156 * 1000) / 256;
    alone.run(at + 59_999);
    assert.ok(!alone.kinds.includes("announce"));
    const again = alone.run(at + 60_001).filter(({ kind }) => kind === "announce");
    assert.deepEqual(
      again.map((action) => action.kind === "announce" && action.rounds),
      [2],
    );
  });

  test("a master answers a priority 0 at once, a lower priority with an election, a higher one by giving way", () => {
    const alone = new Alone().master();
    alone.hear({ priority: 0 });
    assert.deepEqual(alone.kinds, ["advertise"]);
    assert.deepEqual(alone.lines, ["(VI_1) Master received priority 0 message"]);
    alone.run(8900);
    alone.hear({ priority: 90 });
    assert.deepEqual(alone.lines, [
      "(VI_1) Received advert from 192.168.4.12 with lower priority 90, ours 100, forcing new election",
    ]);
    assert.deepEqual(alone.kinds, ["advertise", "announce", "lower-priority-received"]);
    alone.hear({ priority: 110 });
    assert.deepEqual(alone.lines, [
      "(VI_1) Master received advert from 192.168.4.12 with higher priority 110, ours 100",
      "(VI_1) Entering BACKUP STATE",
      "(VI_1) removing VIPs.",
    ]);
    assert.equal(alone.state, "BACKUP");
    assert.equal(alone.counters.receivedPriorityZeroPackets, 1);
    assert.equal(alone.counters.masterReleases, 1);
  });

  test("of equal priorities the higher address stays", () => {
    const low = new Alone().master();
    low.hear({ priority: 100 });
    assert.equal(low.state, "BACKUP");
    const high = new Alone().master();
    high.hear({ priority: 100 }, { source: IpAddress.of("192.168.4.10") });
    assert.equal(high.state, "MASTER");
  });

  test("lower_prio_no_advert and garp_lower_prio_repeat 0 say nothing; higher_prio_send_advert a last word", () => {
    const quiet = new Alone({
      lowerPriorityNoAdvert: true,
      garp: { ...garp, lowerPriorityRepeat: 0 },
      higherPrioritySendAdvert: true,
    }).master();
    quiet.hear({ priority: 90 });
    assert.deepEqual(quiet.kinds, ["lower-priority-received"]);
    quiet.hear({ priority: 110 });
    assert.deepEqual(quiet.kinds, ["advertise", "remove", "transition"]);
  });

  test("strict mode: no answer to a lower priority, no delay of preempting", () => {
    const strict = new Alone({ strict: true, preemptDelay: 60_000, downTimerAdverts: 5 });
    strict.hear({ priority: 90 });
    strict.run(3700);
    assert.equal(strict.state, "MASTER");
    strict.now = 6000;
    strict.hear({ priority: 90 });
    assert.deepEqual(strict.kinds, ["lower-priority-received"]);
  });

  test("two owners: both take 254, the higher address stays", () => {
    const owner = new Alone({ priority: 255 });
    assert.equal(owner.state, "MASTER");
    owner.now = 100;
    owner.hear({ priority: 255 });
    assert.ok(owner.lines[0]!.includes("CONFIGURATION ERROR"));
    assert.equal(owner.state, "BACKUP");
    assert.equal(owner.router.machines.get("VI_1")!.priority, 254);
  });

  test("version 3 learns the master's interval and forgets it as master", () => {
    const three = new Alone({ version: 3, advertInterval: 100 });
    three.hear({ version: 3, priority: 200, interval: 2000 });
    const machine = three.router.machines.get("VI_1")!;
    assert.equal(machine.masterInterval, 2000);
    assert.equal(three.router.deadline, 6000 + (156 * 2000) / 256);
    three.run(8000);
    assert.equal(machine.masterInterval, 100);
  });

  test("a fault takes everything off; recovery begins anew", () => {
    const alone = new Alone().master();
    alone.actions = alone.router.interfaceChanged("eth0", { up: false, address4: own }, 5000);
    assert.deepEqual(alone.lines, [
      "(VI_1) entering FAULT state (interface eth0 down)",
      "(VI_1) Entering FAULT STATE",
      "(VI_1) sent 0 priority",
      "(VI_1) removing VIPs.",
    ]);
    assert.deepEqual(alone.kinds, ["advertise", "remove", "transition"]);
    assert.equal(alone.router.deadline, undefined);
    alone.hear({ priority: 200 });
    assert.deepEqual(alone.kinds, []);
    alone.actions = alone.router.interfaceChanged("eth0", { up: true, address4: own }, 9000);
    assert.deepEqual(alone.lines, ["(VI_1) Entering BACKUP STATE"]);
    alone.run(13_000);
    assert.equal(alone.state, "MASTER");
  });

  test("waits in INIT for the first result of its scripts; init_fail doesn't", () => {
    const at = { file: "test", line: 1, column: 1 };
    const command = { argv: ["/bin/true"] as const, at };
    const script = {
      name: "chk",
      command,
      interval: 1000,
      weight: 0,
      reverse: false,
      rise: 1,
      fall: 1,
      initFail: false,
      at,
    };
    const tracking = { interfaces: [], scripts: [tracked("chk")], files: [], processes: [], bfds: [] };
    const alone = new Alone({ tracking }, { scripts: [script] });
    assert.equal(alone.state, "INIT");
    assert.deepEqual(alone.kinds, ["remove"]);
    alone.router.scriptResult("chk", true, 300);
    assert.equal(alone.state, "BACKUP");
    alone.router.scriptResult("chk", false, 400);
    assert.equal(alone.state, "FAULT");
    const failing = new Alone({ tracking }, { scripts: [{ ...script, initFail: true }] });
    assert.equal(failing.state, "FAULT");
    assert.ok(failing.lines.includes("(VI_1) Entering FAULT STATE (init)"));
  });

  test("unicast: each peer is told, its old checksum is taken up", () => {
    const peer = { address: other };
    const alone = new Alone({
      version: 3,
      unicastPeers: [peer, { address: IpAddress.of("192.168.4.13") }],
      unicast: true,
    });
    alone.run(4000);
    const sent = alone.actions.find(({ kind }) => kind === "advertise");
    assert.ok(sent?.kind === "advertise");
    assert.deepEqual(
      advertisementPackets(sent).map(({ destination }) => `${destination}`),
      ["192.168.4.12", "192.168.4.13"],
    );
    const old = encodeVrrp(advert({ version: 3 }), { source: other, destination: own }, "group");
    alone.actions = alone.router.receive(
      { interface: "eth0", source: other, destination: own, ttl: 64, payload: old },
      4000,
    );
    assert.ok(alone.lines.includes("(VI_1) Setting unicast VRRPv3 checksum to old version"));
    const answer = alone.actions.find(({ kind }) => kind === "advertise");
    assert.ok(answer?.kind === "advertise" && answer.checksum === "group");
  });

  test("reload keeps the state, and its addresses but for what has changed", () => {
    const alone = new Alone().master();
    const more = instance({ priority: 110, addresses: [vip("192.168.4.80"), vip("192.168.4.81")] });
    alone.actions = alone.router.reload(config([more]), 5500);
    assert.deepEqual(alone.kinds, ["replace", "announce", "priority"]);
    assert.equal(alone.state, "MASTER");
    alone.run(5500);
    const sent = alone.actions.find(({ kind }) => kind === "advertise");
    assert.ok(sent?.kind === "advertise" && sent.advertisement.priority === 110);
    alone.actions = alone.router.reload(config([instance({ virtualRouterId: 52 })]), 6000);
    assert.equal(alone.state, "BACKUP");
    assert.deepEqual(alone.kinds, ["advertise", "remove", "transition", "remove", "transition"]);
    alone.actions = alone.router.reload(config([]), 6100);
    assert.deepEqual(alone.kinds, ["transition"]);
    assert.equal(alone.router.deadline, undefined);
  });

  test("an instance that a reload makes another virtual router has stopped before that one begins", () => {
    const alone = new Alone().master();
    const other = instance({ virtualRouterId: 52, addresses: [vip("192.168.4.99")] });
    alone.actions = alone.router.reload(config([other]), 6000);
    const told = alone.actions.flatMap((action) =>
      action.kind === "transition" ? [`${action.to} ${action.reason}`] : [],
    );
    assert.deepEqual(told, ["STOPPED deleted", "BACKUP start"]);
  });

  test("stopping waits for the other's announcement, or for its advertisement and a moment", () => {
    const heard = new Alone().master();
    heard.actions = heard.router.stop(5000);
    assert.deepEqual(heard.kinds, ["advertise"]);
    heard.now = 5600;
    heard.hear({ priority: 90 });
    assert.deepEqual(heard.kinds, []);
    heard.run(5650);
    assert.deepEqual(heard.kinds, ["remove", "transition", "stopped"]);
    const announced = new Alone().master();
    announced.router.stop(5000);
    announced.actions = announced.router.addressAnnounced(IpAddress.of("192.168.4.80"), 5700);
    assert.deepEqual(announced.kinds, ["remove", "transition", "stopped"]);
  });

  test("a process that takes over from a dead one: FAULT stays FAULT; with nopreempt it listens first", () => {
    const after = (alone: Alone, some: Partial<VrrpInstance>, now: number) => {
      const snapshot = JSON.parse(JSON.stringify(alone.router.snapshot(now)));
      const router = new VrrpRouter(config([instance(some)]), alone.router.facts);
      return { router, kinds: new Set(router.resume(snapshot, now + 2001).map(({ kind }) => kind)) };
    };
    const down = new Alone();
    down.router.interfaceChanged("eth0", { up: false, address4: own }, 100);
    const fault = after(down, {}, 5000);
    assert.deepEqual(fault.kinds, new Set());
    assert.equal(fault.router.machines.get("VI_1")!.state, "FAULT");

    for (const overtaken of [true, false]) {
      const some = { preempt: false };
      const { router, kinds } = after(new Alone(some).master(), some, 5000);
      assert.deepEqual(kinds, new Set(["install"]));
      assert.equal(router.deadline, 8001, "nothing is said for an interval");
      const payload = encodeVrrp(advert(), { source: other, destination: vrrpGroup4 });
      const packet = { interface: "eth0", source: other, destination: vrrpGroup4, ttl: 255, payload };
      if (!overtaken) router.tick(8001);
      router.receive(packet, overtaken ? 7500 : 8500);
      assert.equal(router.machines.get("VI_1")!.state, overtaken ? "BACKUP" : "MASTER");
    }
  });

  test("any bytes from anywhere are counted, at most", () => {
    const alone = new Alone({ version: 3 }).master();
    for (let length = 0; length < 40; length++) {
      const payload = Uint8Array.from({ length }, (_, i) => (i === 0 ? 0x31 : i === 1 ? 51 : i * 7));
      alone.router.receive({ interface: "eth0", source: other, destination: vrrpGroup4, payload }, 5000);
    }
    assert.equal(alone.state, "MASTER");
    assert.equal(alone.counters.packetLengthErrors, 38);
  });
});

const pass = (password: string) => ({ type: 1, data: vrrpPassword(password) });

describe("what is refused, and counted", () => {
  const authentication = { type: "PASS", password: "1111" } as const;
  const cases: [
    string,
    Partial<VrrpInstance>,
    () => Parameters<Alone["hear"]>,
    keyof Alone["counters"],
    string,
  ][] = [
    ["TTL", {}, () => [{}, { ttl: 254 }], "ipTtlErrors", "invalid TTL/HL. Received 254 and expect 255"],
    ["version", {}, () => [{ version: 3 }], "versionErrors", "wrong version. Received 3 and expect 2"],
    [
      "interval",
      {},
      () => [{ interval: 2000 }],
      "advertisementIntervalErrors",
      "advertisement interval mismatch mine=1 sec rcv'd=2 sec",
    ],
    [
      "password",
      { authentication },
      () => [{ authentication: pass("2222") }],
      "authFailure",
      "received an invalid passwd!",
    ],
    ["no password", { authentication }, () => [{}], "authTypeMismatch", "received a 0 auth, expecting 1!"],
    [
      "unwanted password",
      {},
      () => [{ authentication: pass("1") }],
      "authTypeMismatch",
      "received a 1 auth, expecting 0!",
    ],
    [
      "authentication type",
      {},
      () => [{ authentication: { type: 7, data: new Uint8Array(8) } }],
      "invalidAuthType",
      "Invalid auth type: 7",
    ],
    [
      "number of addresses",
      {},
      () => [{ addresses: [] }],
      "addressListErrors",
      "received an unexpected ip number count 0, expected 1!",
    ],
    [
      "addresses",
      {},
      () => [{ addresses: [other] }],
      "addressListErrors",
      "ip address associated with VRID 51 not present in MASTER advert: 192.168.4.80",
    ],
    [
      "unicast",
      {},
      () => [{}, { destination: own }],
      "addressListErrors",
      "Expected multicast packet but received unicast packet",
    ],
    [
      "multicast",
      { unicastPeers: [{ address: other }] },
      () => [{}],
      "addressListErrors",
      "Expected unicast packet but received multicast packet",
    ],
    [
      "unicast source",
      { unicastPeers: [{ address: IpAddress.of("192.168.4.13") }], checkUnicastSource: true },
      () => [{}, { destination: own }],
      "unicastSourceErrors",
      "unicast source address 192.168.4.12 not a unicast peer",
    ],
    [
      "TTL of a peer",
      { unicastPeers: [{ address: other, minimumTtl: 250, maximumTtl: 254 }] },
      () => [{}, { destination: own }],
      "ipTtlErrors",
      "TTL/HL 255 not in range 250 - 254",
    ],
  ];
  for (const [name, some, heard, counter, text] of cases)
    test(name, () => {
      const alone = new Alone(some);
      const before = alone.router.deadline;
      alone.hear(...heard());
      assert.deepEqual(alone.lines, [`(VI_1) ${text} (from 192.168.4.12)`]);
      alone.hear(...heard());
      assert.deepEqual(alone.lines, [], "the same line not twice at once");
      assert.equal(alone.counters[counter], 2);
      assert.equal(alone.counters.receivedAdvertisements, 0);
      assert.equal(alone.router.deadline, before, "it counts for nothing");
    });

  test("skip_check_adv_addr spares a master that was looked at before", () => {
    const alone = new Alone({ skipCheckAdvertAddresses: true });
    alone.hear({ priority: 200 });
    alone.hear({ priority: 200, addresses: [other] });
    assert.equal(alone.counters.addressListErrors, 0);
    alone.hear({ priority: 200, addresses: [other] }, { source: IpAddress.of("192.168.4.13") });
    assert.equal(alone.counters.addressListErrors, 1);
  });

  test("an id that nobody has", () => {
    const alone = new Alone();
    alone.hear({ virtualRouterId: 9 });
    assert.deepEqual(alone.lines, [
      "Unknown VRID(9) received on interface(eth0) from 192.168.4.12. ignoring...",
    ]);
    assert.equal(alone.router.snapshot(0).unknownIds, 1);
  });
});

describe("split brain", () => {
  const rival = (some: Partial<VrrpInstance>, packet: () => Parameters<Alone["hear"]>) => {
    const alone = new Alone(some).master();
    const events: VrrpAction[] = [];
    for (let beat = 0; beat < 5; beat++) {
      alone.run(6000 + 1000 * beat);
      events.push(...alone.hear(...packet()));
    }
    return { alone, told: events.filter(({ kind }) => kind === "split-brain") };
  };
  const cause = (told: VrrpAction[]) => told.map((action) => action.kind === "split-brain" && action.cause);

  test("is told of once, with its likely cause", () => {
    const password = { type: "PASS", password: "1" } as const;
    assert.deepEqual(cause(rival({}, () => [{ interval: 2000 }]).told), ["interval"]);
    assert.deepEqual(cause(rival({ authentication: password }, () => [{}]).told), ["authentication"]);
    assert.deepEqual(cause(rival({}, () => [{ addresses: [] }]).told), ["address-list"]);
    assert.deepEqual(cause(rival({}, () => [{ version: 3 }]).told), ["version"]);
    assert.deepEqual(cause(rival({}, () => [{}, { destination: own }]).told), ["way"]);
    assert.deepEqual(cause(rival({}, () => [{ priority: 90 }]).told), ["not-heard"]);
    assert.deepEqual(
      cause(rival({}, () => [{ priority: 100 }, { source: IpAddress.of("192.168.4.2") }]).told),
      ["same-priority"],
    );
    assert.deepEqual(cause(rival({}, () => [{ priority: 100 }, { source: own }]).told), ["same-address"]);
  });

  test("when it heals, the master that remains announces itself and runs its notify again", () => {
    const { alone } = rival({}, () => [{ interval: 2000 }]);
    alone.run(16_900);
    assert.ok(!alone.kinds.includes("split-brain-healed"));
    alone.run(20_000);
    const healed = alone.actions.find(({ kind }) => kind === "split-brain-healed");
    assert.ok(healed?.kind === "split-brain-healed" && healed.remained);
    assert.ok(alone.kinds.indexOf("announce") < alone.kinds.indexOf("split-brain-healed"));
    assert.equal(alone.state, "MASTER");
  });

  test("one advertisement that crosses a takeover is none", () => {
    const alone = new Alone();
    alone.run(3700);
    alone.now = 3700;
    alone.hear({ priority: 90 });
    alone.run(60_000);
    assert.ok(!alone.kinds.includes("split-brain-healed"));
  });
});
