import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bind, Global, ProxySection } from "../../config/haproxy/model/index.js";
import { SharedMemory } from "../../proxy/index.js";
import { Admission } from "./admission.js";
import { Front } from "./front-run.js";
import { ProcessLimits } from "./global-limits.js";
import type { ListenerPlan } from "./listener-plan.js";
import { Listener } from "./listener-run.js";

const now = () => 5000;

function parts({ bind = 0, front = 0, total = 100, sessionRate = 0 }) {
  const memory = new SharedMemory();
  const plan = { index: 1, id: 1, name: "sock-1", bind: { maxconn: bind } as Bind } as ListenerPlan;
  const run = new Listener(plan, memory);
  const section = { name: "web", maxconn: front, rateLimitSessions: sessionRate } as ProxySection;
  const limits = new ProcessLimits(
    { maxConnRate: 0, maxSessRate: 0, maxSslRate: 0, maxCompRate: 0 } as Global,
    total,
    memory,
  );
  const side = new Front(section, [run], 0, memory);
  return {
    limits,
    run,
    side,
    admission: new Admission({ plan, run, front: side, tls: undefined }, limits, now),
  };
}

const held = ({ limits, run, side }: ReturnType<typeof parts>) => [
  run.sessions.value,
  side.sessions.value,
  limits.connections.value,
];

for (const [whose, limit] of [
  ["the listener's", { bind: 1 }],
  ["the front end's", { front: 1 }],
  ["the process's", { total: 1 }],
] as const)
  test(`at ${whose} limit no connection is taken, nowhere is one counted, and the next that ends makes room`, () => {
    const made = parts(limit);
    assert.equal(made.admission.wait(), 0);
    assert.equal(made.admission.take(), true);
    assert.equal(made.admission.take(), false);
    assert.deepEqual(held(made), [1, 1, 1]);
    assert.equal(made.admission.wait(), 1000);
    made.admission.release();
    assert.deepEqual(held(made), [0, 0, 0]);
    assert.equal(made.admission.wait(), 0);
    assert.equal(made.admission.take(), true);
  });

test("at rate-limit sessions the listener waits for the time that a session is worth", () => {
  const { admission, side } = parts({ sessionRate: 50 });
  assert.equal(admission.wait(), 0);
  for (let count = 0; count < 50; count++) side.sessionRate.add(now());
  assert.equal(admission.wait(), 20);
});
