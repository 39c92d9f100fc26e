import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { BfdInstance } from "../config/keepalived/model/index.js";
import { encodeBfd, IpAddress, parseBfd } from "../wire/index.js";
import { type BfdAction, BfdSessions } from "./index.js";

const at = { file: "test", line: 1, column: 1 };
const addresses = [IpAddress.of("10.0.0.1"), IpAddress.of("10.0.0.2")] as const;

const instance = (neighbour: IpAddress, some: Partial<BfdInstance> = {}): BfdInstance => ({
  name: "B",
  neighbour,
  minRx: 10,
  minTx: 10,
  idleTx: 1000,
  multiplier: 5,
  passive: false,
  weight: 0,
  reverse: false,
  vrrp: false,
  checker: false,
  at,
  ...some,
});

interface End {
  sessions: BfdSessions;
  settings: BfdInstance;
  readonly events: { at: number; up: boolean }[];
  readonly lines: string[];
  sent: number;
  dead: boolean;
}

/** Two neighbours on a wire. */
class Wire {
  now = 0;
  loss = 0;
  delay = 0.2;
  readonly ends: readonly [End, End];
  readonly random: () => number;
  #flights: { at: number; to: 0 | 1; bytes: Uint8Array }[] = [];

  constructor(first: Partial<BfdInstance> = {}, second: Partial<BfdInstance> = {}, seed = 1) {
    let state = seed;
    this.random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 4294967296;
    };
    const end = (neighbour: IpAddress, some: Partial<BfdInstance>): End => ({
      sessions: new BfdSessions(this.random),
      settings: instance(neighbour, some),
      events: [],
      lines: [],
      sent: 0,
      dead: false,
    });
    this.ends = [end(addresses[1], first), end(addresses[0], second)];
    for (const which of [0, 1] as const) this.start(which);
  }

  start(which: 0 | 1): void {
    const end = this.ends[which];
    end.dead = false;
    end.sessions = new BfdSessions(this.random);
    this.do(which, end.sessions.start([end.settings], this.now));
  }

  do(which: 0 | 1, actions: readonly BfdAction[]): void {
    const end = this.ends[which];
    for (const action of actions) {
      if (action.kind === "event") end.events.push({ at: this.now, up: action.up });
      else if (action.kind === "log") end.lines.push(action.text);
      else {
        end.sent += 1;
        if (this.random() < this.loss) continue;
        const flight = {
          at: this.now + this.delay,
          to: which === 0 ? 1 : 0,
          bytes: encodeBfd(action.control),
        } as const;
        this.#flights.push(flight);
      }
    }
  }

  run(until: number): void {
    for (;;) {
      const times = this.ends.map(({ sessions, dead }) => (dead ? undefined : sessions.deadline) ?? Infinity);
      let flight = this.#flights[0];
      for (const one of this.#flights) if (one.at < flight!.at) flight = one;
      const next = Math.min(flight?.at ?? Infinity, ...times);
      if (next > until) break;
      this.now = Math.max(this.now, next);
      if (flight && flight.at === next) {
        this.#flights.splice(this.#flights.indexOf(flight), 1);
        const { to, bytes } = flight;
        if (this.ends[to].dead) continue;
        const packet = {
          source: addresses[to === 0 ? 1 : 0],
          destination: addresses[to],
          ttl: 255,
          payload: bytes,
        };
        this.do(to, this.ends[to].sessions.receive(packet, this.now));
      } else {
        const which = times[0]! <= times[1]! ? 0 : 1;
        this.do(which, this.ends[which].sessions.tick(this.now));
      }
    }
    this.now = until;
  }

  states(): string {
    return this.ends.map(({ sessions }) => sessions.sessions.get("B")?.state).join(" ");
  }
}

const snapshotOf = (end: End) => end.sessions.snapshot(0).sessions[0]!;

describe("a BFD session", () => {
  test("comes up at once, then goes to its fast rate by a poll", () => {
    const wire = new Wire();
    wire.run(5);
    assert.equal(wire.states(), "Up Up");
    wire.run(2000);
    assert.equal(wire.states(), "Up Up");
    for (const end of wire.ends) {
      assert.equal(snapshotOf(end).txInterval, 10);
      assert.equal(snapshotOf(end).detectionTime, 50);
      assert.deepEqual(
        end.events.map(({ up }) => up),
        [false, true],
      );
    }
    const before = wire.ends[0].sent;
    wire.run(3000);
    const sent = wire.ends[0].sent - before;
    assert.ok(sent >= 1000 / 9 && sent <= 1000 / 7.5 + 1, `${sent} in a second`);
  });

  test("is down a detection time after the last packet", () => {
    const wire = new Wire();
    wire.run(3000);
    wire.ends[1].dead = true;
    wire.run(3100);
    const { events, lines } = wire.ends[0];
    const down = events.at(-1)!;
    assert.equal(down.up, false);
    assert.ok(down.at > 3040 && down.at <= 3050.3, `${down.at}`);
    assert.ok(lines.some((line) => /Expired after 50 ms/.test(line)));
    assert.ok(
      lines.includes(
        "(B) Entering Down state (Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic)",
      ),
    );
    wire.start(1);
    wire.run(6000);
    assert.equal(wire.states(), "Up Up");
  });

  test("the slower of both rates counts, the faster side's multiplier is the other's time", () => {
    const wire = new Wire({ minRx: 100, minTx: 20, multiplier: 3 }, { minRx: 30, minTx: 50, multiplier: 4 });
    wire.run(4000);
    const [first, second] = wire.ends.map(snapshotOf);
    assert.equal(first!.txInterval, 30);
    assert.equal(second!.txInterval, 100);
    assert.equal(first!.detectionTime, 400);
    assert.equal(second!.detectionTime, 90);
  });

  test("a passive one says nothing before it is spoken to", () => {
    const both = new Wire({ passive: true }, { passive: true });
    both.run(5000);
    assert.equal(both.ends[0].sent + both.ends[1].sent, 0);
    const one = new Wire({ passive: true });
    one.run(3000);
    assert.equal(one.states(), "Up Up");
    one.ends[1].dead = true;
    one.run(4000);
    const { sent } = one.ends[0];
    one.run(9000);
    assert.equal(one.ends[0].sent, sent);
  });

  test("who stops says so, which is no failure", () => {
    const wire = new Wire();
    wire.run(3000);
    wire.do(0, wire.ends[0].sessions.stop(3000));
    wire.run(3002);
    assert.equal(wire.states(), "AdminDown Down");
    assert.equal(wire.ends[1].events.at(-1)!.up, true);
    assert.equal(snapshotOf(wire.ends[1]).remoteDiagnostic, "Administratively Down");
  });

  test("a reload changes times without a loss; another neighbour begins anew", () => {
    const wire = new Wire();
    wire.run(3000);
    const end = wire.ends[0];
    end.settings = instance(addresses[1], { minTx: 40, minRx: 25 });
    wire.do(0, end.sessions.reload([end.settings], 3000));
    wire.run(4000);
    assert.equal(wire.states(), "Up Up");
    assert.equal(snapshotOf(end).txInterval, 40);
    assert.equal(snapshotOf(wire.ends[1]).txInterval, 25);
    assert.equal(snapshotOf(wire.ends[1]).detectionTime, 200);
    assert.equal(end.events.length, 2);
    wire.do(0, end.sessions.reload([{ ...end.settings, neighbour: IpAddress.of("10.0.0.9") }], 4000));
    wire.run(4300);
    assert.match(wire.states(), /^Down (Down|Init)$/);
    wire.do(0, end.sessions.reload([], 4300));
    assert.equal(end.sessions.deadline, undefined);
  });

  test("another process goes on, and the neighbour notices nothing", () => {
    const wire = new Wire();
    wire.run(3000);
    const end = wire.ends[0];
    const snapshot = JSON.parse(JSON.stringify(end.sessions.snapshot(3000)));
    end.sessions = new BfdSessions(wire.random);
    end.dead = true;
    wire.run(3030);
    end.dead = false;
    wire.do(0, end.sessions.start([end.settings], 3030, snapshot));
    wire.run(6000);
    assert.equal(wire.states(), "Up Up");
    assert.equal(wire.ends[1].events.length, 2);
  });

  test("refuses what came too far, from elsewhere, or for nobody", () => {
    const wire = new Wire({ maxHops: 2 });
    wire.run(3000);
    const { sessions } = wire.ends[0];
    const snapshot = snapshotOf(wire.ends[0]);
    const payload = (yours: number) =>
      encodeBfd({
        state: "Down",
        diagnostic: 0,
        poll: false,
        final: false,
        controlPlaneIndependent: false,
        demand: false,
        multiplier: 3,
        mine: 9,
        yours,
        minTx: 1,
        minRx: 1,
        minEchoRx: 0,
      });
    const hear = (source: IpAddress, ttl: number, bytes: Uint8Array) =>
      sessions
        .receive({ source, ttl, payload: bytes }, 3000)
        .flatMap((action) => (action.kind === "log" ? [action.text] : []));
    assert.deepEqual(hear(addresses[1], 252, payload(snapshot.discriminator)), [
      "Packet ttl(252) < 253 - discarding",
    ]);
    assert.match(
      hear(IpAddress.of("10.0.0.9"), 255, payload(snapshot.discriminator))[0]!,
      /session with 10.0.0.2/,
    );
    assert.match(
      hear(addresses[1], 255, payload(77))[0]!,
      /session is not found - your discriminator field is 0x0000004d/,
    );
    assert.match(
      hear(addresses[1], 255, new Uint8Array(3))[0]!,
      /bogus packet from 10.0.0.2: Packet is too small/,
    );
    assert.equal(wire.states(), "Up Up");
    assert.equal(sessions.snapshot(0).discarded, 2);
  });

  test("comes up through loss, and stays in step, whatever the settings", () => {
    const interval = fc.constantFrom(1, 5, 10, 100, 3000);
    const some = fc.record(
      { minRx: interval, minTx: interval, multiplier: fc.integer({ min: 2, max: 8 }), passive: fc.boolean() },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        some,
        some,
        fc.integer({ min: 1 }),
        fc.double({ min: 0, max: 0.3, noNaN: true }),
        (first, second, seed, loss) => {
          const wire = new Wire(first, { ...second, passive: second.passive && !first.passive }, seed);
          wire.loss = loss;
          wire.run(20_000);
          wire.loss = 0;
          wire.run(60_000);
          assert.equal(wire.states(), "Up Up");
          const [one, other] = wire.ends.map(snapshotOf);
          assert.ok(one!.detectionTime >= other!.txInterval * second.multiplier - 0.001);
          assert.ok(other!.detectionTime >= one!.txInterval * first.multiplier - 0.001);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("any packets whatever never make it throw", () => {
    const bytes = fc.uint8Array({ minLength: 24, maxLength: 24 });
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 20 }), fc.boolean(), (packets, known) => {
        const wire = new Wire();
        wire.run(known ? 3000 : 0);
        const end = wire.ends[0];
        for (const packet of packets) {
          packet.set([0x20 | (packet[0]! & 7), packet[1]! & 0xf2, packet[2]! || 1, 24]);
          if (known) new DataView(packet.buffer).setUint32(8, snapshotOf(end).discriminator);
          const payload = parseBfd(packet).ok ? packet : new Uint8Array();
          wire.do(0, end.sessions.receive({ source: addresses[1], ttl: 255, payload }, wire.now));
          const { deadline } = end.sessions;
          assert.ok(deadline === undefined || Number.isFinite(deadline));
        }
      }),
      { numRuns: 100 },
    );
  });
});
