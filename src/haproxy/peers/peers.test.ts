import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Peers, StickTable } from "../../config/haproxy/model/index.js";
import { SharedMemory, type Wire } from "../../proxy/index.js";
import { memoryWires } from "../../proxy/testing/index.js";
import { Table } from "../tables/index.js";
import { PeersSection, type PeersWorld, showPeers } from "./index.js";
import { FieldReader, writeNumber } from "./varint.js";

const place = { file: "f", line: 1, column: 1 };
const stored = (name: string, more: { periodMs?: number; elements?: number } = {}) => ({
  name,
  periodMs: more.periodMs,
  elements: more.elements,
});

function table(now: () => number, type: StickTable["type"] = "string"): Table {
  const settings: StickTable = {
    name: "t",
    type,
    keyLength: 31,
    size: 5000,
    expireMs: 60_000,
    noPurge: false,
    peers: "p",
    writeTo: undefined,
    recvOnly: false,
    stores: [
      stored("server_id"),
      stored("server_key"),
      stored("conn_cur"),
      stored("conn_rate", { periodMs: 10_000 }),
      stored("bytes_in_cnt"),
      stored("gpc", { elements: 3 }),
      stored("gpc_rate", { elements: 2, periodMs: 5000 }),
    ],
    place,
  };
  return new Table(settings, new SharedMemory(), now);
}

/** Timers and connections that a test lets go on: everybody reaches everybody by memory, as long as `reachable`. */
class World {
  time = 1_000_000;
  reachable = true;
  readonly sections = new Map<string, PeersSection>();
  #timers: { at: number; work: () => void }[] = [];

  of(): PeersWorld {
    return {
      now: () => this.time,
      after: (ms, work) => {
        const timer = { at: this.time + ms, work };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((each) => each !== timer);
        };
      },
      connect: (peer, done) => {
        const other = this.reachable ? this.sections.get(peer.name) : undefined;
        queueMicrotask(() => {
          if (other === undefined) return done(undefined);
          const [ours, theirs] = memoryWires({}, 4096);
          other.accept(theirs as Wire);
          done(ours as Wire);
        });
        return () => undefined;
      },
      random: () => 0,
      otherThreads: true,
    };
  }

  /** Everything that is due within so many milliseconds. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.#timers.sort((one, other) => one.at - other.at);
      const next = this.#timers[0];
      if (next === undefined || next.at > end) break;
      this.#timers.shift();
      this.time = Math.max(this.time, next.at);
      next.work();
    }
    this.time = end;
  }

  open(name: string, peers: readonly string[], tables: readonly Table[], hasOld = false): PeersSection {
    const settings: Peers = {
      name: "p",
      disabled: false,
      peers: peers.map((each) => ({ name: each, address: undefined, server: undefined, place })),
      binds: [],
      tables: [],
      logs: [],
      place,
    };
    const section = new PeersSection(settings, name, tables, this.of(), hasOld);
    this.sections.set(name, section);
    section.start();
    return section;
  }
}

test("what one changes the others learn, and a late one is taught everything", async () => {
  const world = new World();
  const names = ["a", "b", "c"];
  const a = table(() => world.time);
  const b = table(() => world.time);
  const first = world.open("a", names, [a]);
  const second = world.open("b", names, [b]);
  await world.pass(4000);
  const entry = a.getOrCreate("k1");
  entry?.add("gpc", 7, 2);
  entry?.add("conn_rate", 3);
  entry?.add("gpc_rate", 2, 1);
  entry?.add("conn_cur", 5);
  entry?.add("bytes_in_cnt", 5_000_000_000);
  entry?.set("server_id", -3);
  entry?.setText("server_key", "web1");
  b.getOrCreate("k2")?.setText("server_key", "web2");
  await world.pass(200);
  const copy = b.lookup("k1");
  assert.deepEqual(
    [copy?.get("gpc", 2), copy?.get("conn_rate"), copy?.get("gpc_rate", 1), copy?.get("bytes_in_cnt")],
    [7, 3, 2, 5_000_000_000],
  );
  assert.deepEqual(
    [copy?.get("server_id"), copy?.text("server_key"), copy?.get("conn_cur")],
    [-3, "web1", 0],
  );
  assert.equal(a.lookup("k2")?.text("server_key"), "web2");
  // Many entries, through a small window; then a third one that asks for a lesson.
  for (let count = 0; count < 3000; count++)
    a.getOrCreate(`many${count}`)?.setText("server_key", `s${count % 300}`);
  await world.pass(1000);
  assert.equal(b.used, 3002);
  assert.equal(b.lookup("many2999")?.text("server_key"), "s299");
  const c = table(() => world.time);
  const third = world.open("c", names, [c]);
  await world.pass(2000);
  assert.equal(c.used, 3002);
  assert.equal(c.lookup("k1")?.get("gpc", 2), 7);
  assert.ok((c.lookup("k1")?.expiresInMs ?? 0) < 58_000, "its expiry is the one that it had");
  assert.equal(third.upToDate, true);
  b.getOrCreate("k2")?.add("gpc", 1, 0);
  await world.pass(200);
  assert.equal(c.lookup("k2")?.get("gpc", 0), 1);
  const shown = showPeers(new Map([["p", first]]), undefined, true) ?? "";
  assert.match(shown, /id=b\(remote,active\) addr=\?:0 last_status=ESTA/);
  assert.match(shown, / {2}local_id=1|local_id=1 remote_id=1/);
  for (const section of [first, second, third]) section.stop();
});

test("a connection that broke is made again, and only what was missed is sent", async () => {
  const world = new World();
  const a = table(() => world.time, "integer");
  const b = table(() => world.time, "integer");
  const first = world.open("a", ["a", "b"], [a]);
  const second = world.open("b", ["a", "b"], [b]);
  await world.pass(3000);
  a.getOrCreate(70_000)?.add("gpc", 1, 0);
  await world.pass(100);
  assert.equal(b.lookup(70_000)?.get("gpc", 0), 1);
  world.reachable = false;
  for (const peer of [...first.peers, ...second.peers]) peer.session?.close();
  await world.pass(100);
  a.getOrCreate(1)?.add("gpc", 4, 0);
  await world.pass(20_000);
  assert.equal(b.lookup(1), undefined);
  world.reachable = true;
  await world.pass(12_000);
  assert.equal(b.lookup(1)?.get("gpc", 0), 4);
  await world.pass(30_000);
  const peer = first.peers.find((each) => each.name === "b");
  assert.ok((peer?.receivedHeartbeats ?? 0) > 5 && peer?.missedHeartbeats === 0);
  first.stop();
  second.stop();
});

test("an old process teaches the new one, then is done", async () => {
  const world = new World();
  const old = table(() => world.time);
  const leaving = world.open("a", ["a"], [old]);
  await world.pass(6000);
  for (let count = 0; count < 200; count++) old.getOrCreate(`k${count}`)?.add("gpc", count, 1);
  const fresh = table(() => world.time);
  const coming = world.open("a", ["a"], [fresh], true);
  const over = leaving.handOver();
  await world.pass(1000);
  await over;
  assert.equal(fresh.used, 200);
  assert.equal(fresh.lookup("k150")?.get("gpc", 1), 150);
  assert.equal(coming.upToDate, true);
  world.reachable = false;
  const alone = coming.handOver();
  await world.pass(1000);
  await alone;
});

test("rubbish is refused without harm", async () => {
  const whole: Buffer[] = [];
  {
    // What a real exchange looks like, to cut and change.
    const world = new World();
    const a = table(() => world.time);
    const section = world.open("a", ["a", "b"], [a]);
    a.getOrCreate("k")?.setText("server_key", "s");
    const [ours, theirs] = memoryWires();
    ours.handler = {
      onData: (bytes) => whole.push(Buffer.from(bytes)),
      onEnd() {},
      onDrain() {},
      onClose() {},
    };
    ours.resume();
    section.accept(theirs as Wire);
    ours.write(`HAProxyS 2.1\na\nb 7 1\n`);
    await world.pass(10);
    ours.write(Uint8Array.of(0, 0));
    await world.pass(50);
    section.stop();
  }
  const lesson = Buffer.concat(whole);
  assert.equal(lesson.subarray(0, 4).toString(), "200\n");
  await fc.assert(
    fc.asyncProperty(
      fc.nat(lesson.length),
      fc.uint8Array({ maxLength: 30 }),
      fc.boolean(),
      async (at, bytes, greets) => {
        const world = new World();
        const b = table(() => world.time);
        const section = world.open("b", ["a", "b"], [b]);
        const [ours, theirs] = memoryWires();
        ours.handler = { onData() {}, onEnd() {}, onDrain() {}, onClose() {} };
        ours.resume();
        section.accept(theirs as Wire);
        if (greets) ours.write("HAProxyS 2.1\nb\na 1 1\n");
        const changed = Buffer.from(lesson.subarray(4));
        changed.set(bytes.subarray(0, Math.max(0, changed.length - at)), Math.min(at, changed.length));
        ours.write(changed);
        ours.write(bytes);
        await world.pass(5);
        assert.ok(b.used <= 2);
        section.stop();
      },
    ),
    { numRuns: 150 },
  );
});

test("numbers are written as the protocol has them", () => {
  const bytes = (value: number) => {
    const found: number[] = [];
    writeNumber(found, value);
    return found;
  };
  assert.deepEqual(bytes(239), [239]);
  assert.deepEqual(bytes(240), [0xf0, 0]);
  assert.deepEqual(bytes(2287), [0xff, 0x7f]);
  assert.deepEqual(bytes(2288), [0xf0, 0x80, 0]);
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer(), (value, signed) => {
      assert.equal(new FieldReader(Uint8Array.from(bytes(value))).number(), value);
      assert.equal(new FieldReader(Uint8Array.from(bytes(signed))).number(true), signed);
      const cut = new FieldReader(Uint8Array.from(bytes(value).slice(0, -1)));
      cut.number();
      assert.equal(cut.malformed, true);
    }),
  );
});
