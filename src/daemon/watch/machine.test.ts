import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { at, webPlane } from "../../../test/support/web-plane.js";
import { type AgentReport, agentProbe, type Probe, type ProbeResult, tcpProbe } from "../../health/index.js";
import type { MemoryPlane } from "../../ipvs/memory-plane.js";
import type { ServiceId } from "../../ipvs/model.js";
import { placeKey, withWeight } from "../../ipvs/place.js";
import { readKept } from "./kept-file.js";
import { type Kept, WatchMachine } from "./machine.js";
import type { WatchOptions } from "./options.js";

const nothing: Kept = { places: {}, agents: {} };
const usual: WatchOptions = {
  probes: [tcpProbe()],
  agentPort: 9777,
  interval: 1000,
  timeout: 500,
  rise: 2,
  fall: 3,
  slowStart: 0,
  step: 10,
  lastResort: "refuse",
  keep: false,
};
const both: readonly Probe[] = [tcpProbe(), agentProbe()];
const passed: ProbeResult = { outcome: "passed", detail: "" };
const failed: ProbeResult = { outcome: "failed", detail: "" };
const says = (report: AgentReport): ProbeResult => ({ outcome: "passed", detail: "", report });

/** A machine at work on a table in memory. */
class Bench {
  now = 0;
  wall = 1_000_000;
  notes: Record<string, number> = {};
  machine: WatchMachine;

  constructor(
    readonly plane: MemoryPlane,
    readonly options: WatchOptions = usual,
  ) {
    this.machine = new WatchMachine(options, nothing, 0);
    this.look();
  }

  /** Takes in the table and gives weights; killed on the way it gives only some, and a new machine goes on. */
  look(killedAfter?: number): void {
    this.machine.look(this.plane.services(), (key) => this.notes[key], this.now);
    const changes = this.machine.changes(this.now);
    const kept = this.#onDisk(this.machine.kept(this.now, changes));
    for (const [i, change] of changes.entries()) {
      if (i === killedAfter) break;
      this.give(change.place.service, change.place.server, change.to);
      this.machine.made(change);
    }
    if (killedAfter !== undefined) this.restart(kept);
  }

  give(service: ServiceId, { address, port }: ReturnType<typeof at>, weight: number): void {
    const server = this.plane
      .service(service)!
      .servers.find((one) => one.address.equals(address) && one.port === port)!;
    this.plane.editServer(service, withWeight(server, weight));
  }

  /** As after kill -9: what is on disk is all there is. */
  restart(kept: string = this.#onDisk(this.machine.kept(this.now))): void {
    this.now = (this.now * 7919) % 1000;
    this.machine = new WatchMachine(this.options, readKept(kept, this.wall)!, this.now);
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
    this.wall += milliseconds;
  }

  /** What the checks of a server say, so many times, each with a look behind it. */
  check(result: ProbeResult, { times = 1, address = "192.168.4.100", kind = "tcp", pause = 0 } = {}): void {
    for (let i = 0; i < times; i++) {
      for (const check of [...this.machine.checks()])
        if (`${check.target.address}` === address && check.probe.kind === kind)
          this.machine.take(check, result);
      this.pass(pause);
      this.look();
    }
  }

  end(): void {
    this.look();
    for (const { place, to } of this.machine.restoring()) this.give(place.service, place.server, to);
  }

  #onDisk(kept: Kept): string {
    return JSON.stringify({ version: 1, at: this.wall, ...kept });
  }
}

const web = (bench: Bench) => bench.plane.services()[0]!.id;
const weights = (bench: Bench) => bench.plane.service(web(bench))!.servers.map(({ weight }) => weight);
/** Newest first: .200, .100. */
const bench = (options: Partial<WatchOptions> = {}, weight: readonly [number, number] = [5, 5]) =>
  new Bench(webPlane({ weights: weight, scheduler: "wrr" }), { ...usual, ...options });
const told = (bench: Bench) => bench.machine.takeEvents().map(({ event }) => event);

test("a server fails at the third failure and is well at the second success", () => {
  const b = bench();
  b.check(failed, { times: 2 });
  b.check(passed);
  b.check(failed, { times: 2 });
  b.check({ outcome: "unknown", detail: "" });
  assert.deepEqual(weights(b), [5, 5]);
  b.check(failed);
  assert.deepEqual(weights(b), [5, 0]);
  assert.deepEqual(told(b), ["unchecked", "unchecked", "failed"]);
  b.check(passed);
  assert.deepEqual(weights(b), [5, 0]);
  b.check(passed);
  assert.deepEqual(weights(b), [5, 5]);
  assert.deepEqual(told(b), ["well"]);
});

test("what an administrator configures wins, also while the server has failed", () => {
  const b = bench();
  b.check(failed, { times: 3 });
  b.give(web(b), at("192.168.4.100", 80), 9);
  b.look();
  assert.deepEqual(weights(b), [5, 0]);
  assert.deepEqual(told(b).slice(-1), ["configured"]);
  b.restart();
  b.check(failed);
  b.check(passed, { times: 2 });
  assert.deepEqual(weights(b), [5, 9]);
  b.give(web(b), at("192.168.4.100", 80), 0);
  b.check(passed, { times: 5 });
  assert.deepEqual(weights(b), [5, 0]);
});

test("a table that is deleted and restored in the failed state keeps its configured weights; not after a minute", () => {
  for (const [pause, expected] of [
    [1000, 5],
    [61_000, 0],
  ] as const) {
    const b = bench();
    b.check(failed, { times: 3 });
    const saved = b.plane.services();
    b.plane.flush();
    b.look();
    b.pass(pause);
    b.look();
    b.restart();
    for (const service of saved) {
      b.plane.addService(service);
      for (const server of [...service.servers].reverse()) b.plane.addServer(service.id, server);
    }
    b.look();
    b.check(passed, { times: 2 });
    assert.deepEqual(weights(b), [5, expected], `after ${pause} ms`);
  }
});

test("a server that comes back starts slowly, through a restart too", () => {
  const b = bench({ slowStart: 10_000 }, [100, 100]);
  b.check(failed, { times: 3 });
  b.check(passed, { times: 2 });
  assert.deepEqual(weights(b), [100, 10]);
  b.pass(5000);
  b.look();
  assert.deepEqual(weights(b), [100, 50]);
  b.restart();
  b.look();
  assert.deepEqual(weights(b), [100, 50]);
  b.pass(2500);
  b.look();
  assert.deepEqual(weights(b), [100, 75]);
  b.check(failed, { times: 3 });
  assert.deepEqual(weights(b), [100, 0]);
  b.check(passed, { times: 2 });
  b.pass(20_000);
  b.look();
  assert.deepEqual(weights(b), [100, 100]);
});

test("an agent's percentage is followed in steps, without small changes, and never to 0", () => {
  const b = bench({ probes: both }, [100, 100]);
  const agent = (percent: number, times = 1) => b.check(says({ percent }), { times, kind: "agent" });
  agent(75);
  assert.deepEqual(weights(b), [100, 90]);
  agent(75, 3);
  assert.deepEqual(weights(b), [100, 75]);
  agent(79);
  assert.deepEqual(weights(b), [100, 75]);
  agent(97, 9);
  assert.deepEqual(weights(b), [100, 95]);
  agent(100);
  assert.deepEqual(weights(b), [100, 100]);
  agent(500);
  assert.deepEqual(weights(b), [100, 100]);
  const small = bench({ probes: both }, [1, 1]);
  small.check(says({ percent: 3 }), { times: 50, kind: "agent" });
  assert.deepEqual(weights(small), [1, 1]);
  agent(0);
  assert.deepEqual(weights(b), [100, 0]);
  agent(100);
  assert.deepEqual(weights(b), [100, 100]);
});

test("an agent's words stay until it says others; silence says nothing where something else is checked too", () => {
  const b = bench({ probes: both }, [10, 10]);
  const agent = (report: AgentReport) => b.check(says(report), { kind: "agent" });
  agent({ administrative: "drain", percent: 100 });
  assert.deepEqual(weights(b), [10, 0]);
  agent({ percent: 100, operating: "up" });
  assert.deepEqual(weights(b), [10, 0]);
  b.restart();
  b.look();
  assert.deepEqual(weights(b), [10, 0]);
  b.check(failed, { times: 9, kind: "agent" });
  agent({ administrative: "ready" });
  assert.deepEqual(weights(b), [10, 10]);
  agent({ operating: "down", description: "disk full" });
  assert.deepEqual(weights(b), [10, 0]);
  agent({ operating: "up" });
  b.check(failed, { times: 9, kind: "agent" });
  assert.deepEqual(weights(b), [10, 10]);
  const alone = bench({ probes: [agentProbe()] });
  alone.check(failed, { times: 3, kind: "agent" });
  assert.deepEqual(weights(alone), [5, 0]);
});

test("when all have failed, clients are refused, or all servers stay", () => {
  const fail = (b: Bench) => {
    for (const address of ["192.168.4.100", "192.168.4.200"]) b.check(failed, { times: 3, address });
  };
  const b = bench();
  fail(b);
  assert.deepEqual(weights(b), [0, 0]);
  assert.deepEqual(told(b).slice(-2), ["failed", "last-resort"]);
  const kept = bench({ lastResort: "keep", slowStart: 10_000 });
  kept.check(failed, { times: 3 });
  assert.deepEqual(weights(kept), [5, 0]);
  fail(kept);
  assert.deepEqual(weights(kept), [5, 5]);
  kept.check(passed, { times: 2, address: "192.168.4.200" });
  assert.deepEqual(weights(kept), [5, 0]);
  assert.deepEqual(told(kept).slice(-1), ["served"]);
});

test("a drain and a slow start by hand are left alone, unless the server fails", () => {
  const b = bench({ probes: both }, [100, 100]);
  const server = at("192.168.4.100", 80);
  const key = placeKey(web(b), server);
  const agent = (percent: number, times: number) => b.check(says({ percent }), { times, kind: "agent" });
  agent(50, 9);
  assert.deepEqual(weights(b), [100, 50]);
  // A drain, and its undoing: the note is of our weight.
  b.notes[key] = 50;
  b.give(web(b), server, 0);
  agent(50, 2);
  assert.deepEqual(weights(b), [100, 0]);
  b.give(web(b), server, 50);
  delete b.notes[key];
  agent(100, 9);
  assert.deepEqual(weights(b), [100, 100]);
  // A slow start up to 80, which fails on its way.
  b.notes[key] = 80;
  b.give(web(b), server, 8);
  b.look();
  assert.deepEqual(weights(b), [100, 8]);
  b.give(web(b), server, 30);
  b.look();
  b.check(failed, { times: 3 });
  assert.deepEqual(weights(b), [100, 0]);
  delete b.notes[key];
  b.check(passed, { times: 2 });
  assert.deepEqual(weights(b), [100, 80]);
});

test("a server of UDP, of a mark or of all ports needs --port; an agent always fits", () => {
  const b = bench();
  assert.equal([...b.machine.checks()].length, 2);
  assert.equal([...bench({ port: 8080 }).machine.checks()].length, 2);
  assert.equal([...bench({ probes: [agentProbe()] }).machine.checks()].length, 2);
  assert.equal([...bench({ port: 8080, probes: both }).machine.watched()].length, 4);
});

/** What may happen to a table while it is watched. */
type Happening = { readonly killedAfter?: number } & (
  | { readonly kind: "check"; readonly check: number; readonly result: ProbeResult }
  | { readonly kind: "configure"; readonly place: number; readonly weight: number }
  | { readonly kind: "delete" | "restart"; readonly place: number }
  | { readonly kind: "pass"; readonly time: number }
);

const report = fc.record(
  {
    percent: fc.constantFrom(0, 1, 3, 20, 50, 99, 100, 300),
    administrative: fc.constantFrom("ready", "drain", "maint"),
    operating: fc.constantFrom("up", "down", "stopped", "fail"),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<AgentReport>;
const weight = fc.oneof(fc.nat(5), fc.constantFrom(20, 100, 0x7fff_ffff));
/** Seldom it is killed while it gives weights: after so many of them. */
const killedAfter = fc.option(fc.nat(3), { nil: undefined, freq: 5 }) as fc.Arbitrary<number>;
const one = <Fields extends object>(
  weight: number,
  fields: { [Key in keyof Fields]: fc.Arbitrary<Fields[Key]> },
) => ({
  weight,
  arbitrary: fc.record({ ...fields, killedAfter }),
});
const happening = fc.oneof(
  one(6, {
    kind: fc.constant("check"),
    check: fc.nat(20),
    result: fc.oneof(fc.constantFrom(passed, failed), report.map(says)),
  }),
  one(2, { kind: fc.constant("configure"), place: fc.nat(3), weight }),
  one(1, { kind: fc.constantFrom("delete", "restart"), place: fc.nat(3) }),
  one(3, { kind: fc.constant("pass"), time: fc.nat(8000) }),
) as fc.Arbitrary<Happening>;

test("whatever happens, no weight is above the configured one, and the configured one comes back", () => {
  const options = fc.record({
    slowStart: fc.constantFrom(0, 5000),
    step: fc.constantFrom(1, 10, 100),
    lastResort: fc.constantFrom("refuse" as const, "keep" as const),
    probes: fc.constantFrom(both, [tcpProbe()], [agentProbe()]),
  });
  const start = fc.tuple(weight, weight);
  fc.assert(
    fc.property(options, start, fc.array(happening, { maxLength: 60 }), (options, start, happenings) => {
      const b = bench({ ...options, port: 80 }, start);
      const places = b.plane
        .services()
        .flatMap(({ id, servers }) => servers.map((server) => ({ id, server })));
      const now = ({ id, server }: (typeof places)[number]) =>
        b.plane.service(id)!.servers.find(({ address }) => address.equals(server.address));
      const configured = places.map(({ server }) => server.weight);
      for (const happening of happenings) {
        if (happening.kind === "check") {
          const checks = [...b.machine.checks()];
          const check = checks[happening.check % checks.length];
          const fits = !happening.result.report || check?.probe.kind === "agent";
          if (check && fits) b.machine.take(check, happening.result);
        } else if (happening.kind === "configure") {
          const place = places[happening.place]!;
          const there = now(place);
          if (!there) b.plane.addServer(place.id, withWeight(place.server, happening.weight));
          else if (there.weight === happening.weight) continue;
          else b.give(place.id, place.server, happening.weight);
          configured[happening.place] = happening.weight;
          // Right after it was deleted, the weight that it had by us counts as ours.
          if (!there && b.machine.kept(b.now).places[placeKey(place.id, place.server)]) b.pass(61_000);
        } else if (happening.kind === "delete") {
          const place = places[happening.place]!;
          if (now(place)) b.plane.deleteServer(place.id, place.server);
        } else if (happening.kind === "restart") b.restart();
        else if (happening.kind === "pass") b.pass(happening.time);
        if (happening.killedAfter !== undefined) b.look(happening.killedAfter);
        b.look();
        for (const [i, place] of places.entries()) {
          const there = now(place);
          if (there) assert.ok(there.weight <= configured[i]!, `${there.weight} > ${configured[i]}`);
        }
      }
      const expected = places.flatMap((place, i) => (now(place) ? [configured[i]!] : []));
      const found = () => places.flatMap((place) => now(place)?.weight ?? []);
      // Ended in order it leaves what was configured; and so it is after all have got well.
      const before = b.plane.services();
      b.end();
      assert.deepEqual(found(), expected);
      for (const { id, servers } of before) for (const server of servers) b.give(id, server, server.weight);
      b.restart();
      b.look();
      for (let turn = 0; turn < 120; turn++) {
        for (const check of [...b.machine.checks()])
          b.machine.take(
            check,
            check.probe.kind === "agent"
              ? says({ percent: 100, administrative: "ready", operating: "up" })
              : passed,
          );
        b.pass(1000);
        b.look();
      }
      assert.deepEqual(found(), expected);
      assert.deepEqual(b.machine.kept(b.now), nothing);
    }),
    { numRuns: 300 },
  );
});
