import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { SharedMemory } from "../../proxy/index.js";
import type { Clock } from "./clock.js";
import { hashBalance, testServer, testUpstream } from "./testing/model.js";
import { type ChooseBy, Upstream, type UpstreamSurroundings } from "./upstream.js";

const begun: Clock = () => 2e9;
const weights = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 7 });
const serversOf = (list: readonly number[]) =>
  list.map((weight, at) => testServer(`10.0.0.${at + 1}`, { weight }));

function run(model: ReturnType<typeof testUpstream>, more: Partial<UpstreamSurroundings> = {}): Upstream {
  return new Upstream(model, {
    memory: new SharedMemory(),
    role: "http",
    defaultPort: 80,
    clock: begun,
    ...more,
  });
}

function serve(upstream: Upstream, by: ChooseBy = {}): string {
  const attempt = upstream.begin(by);
  const peer = attempt.next();
  attempt.free("good");
  return peer?.name ?? "none";
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

describe("balance", () => {
  test("smooth round robin gives each its weight within a cycle", () => {
    fc.assert(
      fc.property(weights, (list) => {
        const upstream = run(testUpstream(serversOf(list)));
        const total = list.reduce((sum, weight) => sum + weight, 0);
        for (let cycle = 0; cycle < 2; cycle++) {
          const counts = counted(Array.from({ length: total }, () => serve(upstream)));
          for (const [at, weight] of list.entries()) assert.equal(counts.get(`10.0.0.${at + 1}:80`), weight);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of a consistent hash a server that goes away moves its own keys only", () => {
    const fewWeights = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(fewWeights, fc.nat(), (list, which) => {
        const servers = serversOf(list);
        const gone = which % servers.length;
        const before = run(testUpstream(servers, hashBalance(true)));
        const after = run(
          testUpstream(
            servers.filter((_, at) => at !== gone),
            hashBalance(true),
          ),
        );
        for (let key = 0; key < 200; key++) {
          const was = serve(before, { key: `/page/${key}` });
          const is = serve(after, { key: `/page/${key}` });
          if (was !== servers[gone]?.name) assert.equal(is, was);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("random follows the weights, and with two the less loaded one is taken", () => {
    const points = [0, 0.24, 0.26, 0.99];
    let next = 0;
    const random = () => points[next++ % points.length] as number;
    const one = run(testUpstream(serversOf([1, 3]), { kind: "random", two: false }), { random });
    assert.deepEqual(
      points.map(() => serve(one)),
      ["10.0.0.1:80", "10.0.0.1:80", "10.0.0.2:80", "10.0.0.2:80"],
    );
    next = 0;
    const two = run(testUpstream(serversOf([1, 1]), { kind: "random", two: true }), { random });
    const held = two.begin();
    assert.equal(held.next()?.name, "10.0.0.2:80"); // 0, 0.24: the same; 0.26: again; 0.99: the other, as good
    next = 0;
    assert.equal(serve(two), "10.0.0.1:80");
    held.free("good");
    assert.equal(two.peers[1]?.conns, 0);
  });

  test("one state for all threads", () => {
    const model = testUpstream(serversOf([2, 1, 1]).map((server) => ({ ...server, maxConns: 1 })));
    const first = new SharedMemory(0, 2);
    const one = run(model, { memory: first });
    const two = run(model, { memory: new SharedMemory(1, 2, first.pieces) });
    const attempts = [one.begin(), two.begin(), one.begin(), two.begin()];
    assert.deepEqual(
      attempts.map((attempt) => attempt.next()?.name),
      ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", undefined],
    );
    attempts[0]?.free("failed");
    assert.equal(serve(two), "none");
  });

  test("a server that comes back starts slowly", () => {
    let time = 2e9;
    const servers = serversOf([1, 1]).map((server) => ({ ...server, failTimeout: 2, slowStartMs: 10_000 }));
    const upstream = run(testUpstream(servers), { clock: () => time });
    const failing = upstream.begin();
    assert.equal(failing.next()?.name, "10.0.0.1:80");
    assert.equal(failing.free("failed"), true);
    time += 3000;
    for (let at = 0; at < 4; at++) serve(upstream);
    const share = () => counted(Array.from({ length: 200 }, () => serve(upstream))).get("10.0.0.1:80") ?? 0;
    time += 1000;
    const early = share();
    time += 5000;
    const later = share();
    time += 5000;
    assert.ok(early > 5 && early < 30, `${early} of 200 after a tenth`);
    assert.ok(later > early && later < 90, `${later} of 200 later`);
    assert.equal(share(), 100);
  });
});
