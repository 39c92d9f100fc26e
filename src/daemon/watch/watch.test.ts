import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { at, webPlane } from "../../../test/support/web-plane.js";
import type { Probe, ProbeResult } from "../../health/index.js";
import type { DataPlane } from "../../ipvs/data-plane.js";
import { MemoryPlane } from "../../ipvs/memory-plane.js";
import type { ServiceId } from "../../ipvs/model.js";
import { withWeight } from "../../ipvs/place.js";
import type { WatchEvent } from "./event.js";
import { keptFile } from "./kept-file.js";
import type { WatchOptions } from "./options.js";
import { restoreKept, Watch } from "./watch.js";

const passed: ProbeResult = { outcome: "passed", detail: "" };
const failed: ProbeResult = { outcome: "failed", detail: "refused" };

/** A watch in a time of its own, which passes only where it waits, and what its probe was asked, and when. */
function bench(
  t: TestContext,
  plane: DataPlane,
  probe: (address: string) => ProbeResult,
  more: Partial<WatchOptions> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "rondo-kept-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "weights.json");
  const events: WatchEvent[] = [];
  const asked = new Map<string, number[]>();
  let time = 0;
  const asking: Probe = {
    kind: "tcp",
    name: "tcp",
    async probe({ address }) {
      const text = `${address}`;
      asked.set(text, [...(asked.get(text) ?? []), time]);
      return probe(text);
    },
  };
  const options: WatchOptions = {
    probes: [asking],
    agentPort: 0,
    interval: 2000,
    timeout: 1000,
    rise: 2,
    fall: 3,
    slowStart: 0,
    step: 10,
    lastResort: "refuse",
    keep: false,
    ...more,
  };
  const world = {
    plane: () => plane,
    kept: keptFile(path),
    notes: () => () => undefined,
    now: () => time,
    tell: (event: WatchEvent) => events.push(event),
  };
  /** Runs for so long; `at` says what happens when. */
  const run = async (length: number, happenings: Readonly<Record<number, () => void>> = {}) => {
    const end = new AbortController();
    const later = Object.entries(happenings).map(([when, happen]) => ({ when: time + Number(when), happen }));
    later.push({ when: time + length, happen: () => end.abort() });
    const watch = new Watch(options, {
      ...world,
      async sleep(milliseconds, signal) {
        // What was begun before is over by then.
        for (let i = 0; i < 4; i++) await Promise.resolve();
        if (signal.aborted) return;
        const until = time + milliseconds;
        while (later[0] && later[0].when <= until) {
          time = later[0].when;
          later.shift()!.happen();
          if (signal.aborted) return;
        }
        time = until;
      },
    });
    await watch.run(end.signal);
    return watch;
  };
  return { run, events, asked, path, world };
}

test("a thousand servers are each asked once in an interval, and never drift", async (t) => {
  const plane = new MemoryPlane();
  const id: ServiceId = { kind: "address", protocol: "tcp", ...at("192.0.2.1", 80) };
  plane.addService({ id, scheduler: "wrr", schedulerFlags: [], onePacket: false });
  for (let i = 0; i < 1000; i++)
    plane.addServer(id, {
      ...at(`10.0.${i >> 8}.${i & 255}`, 80),
      method: "droute",
      weight: 7,
      upperThreshold: 0,
      lowerThreshold: 0,
    });
  const { run, asked, events } = bench(t, plane, (address) => (address.endsWith(".7") ? failed : passed));
  await run(60_000, {
    50000: () => {
      const down = plane.service(id)!.servers.filter(({ weight }) => weight === 0);
      const failing = ["10.0.3.7", "10.0.2.7", "10.0.1.7", "10.0.0.7"];
      assert.deepEqual(
        down.map(({ address }) => `${address}`),
        failing,
      );
    },
  });
  assert.equal(asked.size, 1000);
  for (const times of asked.values()) {
    assert.ok(times.length >= 29 && times.length <= 30, `${times.length}`);
    for (const [i, when] of times.entries()) {
      const due = times[0]! + 2000 * i;
      assert.ok(Math.abs(when - due) <= 20, `${when} for ${due}`);
    }
  }
  const inTenths = new Array<number>(10).fill(0);
  for (const [first] of asked.values()) inTenths[Math.min(9, Math.floor(first! / 200))]!++;
  for (const count of inTenths) assert.ok(count > 80 && count < 120, `${inTenths}`);
  assert.ok(plane.service(id)!.servers.every(({ weight }) => weight === 7));
  assert.equal(events.filter(({ event }) => event === "restored").length, 4);
});

const web: ServiceId = { kind: "address", protocol: "tcp", ...at("192.168.4.15", 80) };
const weightsOf = (plane: DataPlane) => plane.service(web)!.servers.map(({ weight }) => weight);

test("what is kept lies on disk only while it is needed; a file that says nothing is told of", async (t) => {
  const plane = webPlane();
  const { run, events, path, world } = bench(
    t,
    plane,
    (address) => (address.endsWith("100") ? failed : passed),
    { keep: true },
  );
  await run(10_000);
  assert.deepEqual(weightsOf(plane), [5, 0]);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).places, {
    "tcp 192.168.4.15:80 192.168.4.100:80": { configured: 5, ours: [0], failed: true },
  });
  assert.equal(restoreKept({ ...world, kept: keptFile(path) }), 1);
  assert.deepEqual(weightsOf(plane), [5, 5]);
  assert.throws(() => readFileSync(path));
  assert.equal(restoreKept({ ...world, kept: keptFile(path) }), 0);
  for (const text of [
    "",
    "{",
    "[]",
    "7",
    '{"version":2}',
    '{"version":1,"at":0,"places":{"x":{"configured":-1,"ours":[]}},"agents":{}}',
  ]) {
    writeFileSync(path, text);
    events.length = 0;
    assert.equal(restoreKept({ ...world, kept: keptFile(path) }), 0);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["trouble"],
      text,
    );
  }
});

test("a plane that fails is told of once, and asked again; what somebody does meanwhile is not overwritten", async (t) => {
  const plane = webPlane();
  let broken = false;
  const failing = new Proxy(plane, {
    get(target, name) {
      if (name === "services" && broken) throw Object.assign(new Error("no such map"), { code: "ENOENT" });
      const value = target[name as keyof MemoryPlane];
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { run, events } = bench(t, failing, (address) => (address.endsWith("100") ? failed : passed));
  await run(30_000, {
    1500: () => {
      broken = true;
    },
    15000: () => {
      broken = false;
    },
    20000: () => {
      assert.deepEqual(weightsOf(plane), [5, 0]);
      const server = plane.service(web)!.servers[1]!;
      plane.editServer(web, withWeight(server, 3));
    },
    28000: () => assert.deepEqual(weightsOf(plane), [5, 0]),
  });
  assert.deepEqual(
    events.filter(({ event }) => event === "trouble"),
    [{ event: "trouble", detail: "no such map" }],
  );
  assert.deepEqual(weightsOf(plane), [5, 3]);
});
