import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StickySessions, sessionBytes } from "./sessions.js";

const ZONE = 32 * 1024;
const TIMEOUT = 1000;

const steps = fc.array(
  fc.record(
    {
      session: fc.constantFrom("a", "b", "c", "d"),
      id: fc.constantFrom("one", "two", "x".repeat(32)),
      create: fc.boolean(),
      pause: fc.constantFrom(0, 400, 1001),
    },
    { noNullPrototype: true },
  ),
);

test("a session has the server that it was learnt with last, until it isn't used for too long", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let now = 1e9;
      const memory = new SharedArrayBuffer(sessionBytes(ZONE));
      const [one, two] = [0, 1].map(() => new StickySessions(memory, ZONE, TIMEOUT, () => now)) as [
        StickySessions,
        StickySessions,
      ];
      const model = new Map<string, { id: string; last: number }>();
      for (const { session, id, create, pause } of all) {
        now += pause;
        const before = model.get(session);
        const known = before !== undefined && now - before.last <= TIMEOUT;
        assert.equal(two.find(session), known ? before.id : undefined);
        one.learn(session, id, create);
        if (known || create) model.set(session, { id, last: now });
      }
    }),
  );
});

test("where there is no room those go that were used longest ago", () => {
  let now = 1e9;
  const sessions = new StickySessions(new SharedArrayBuffer(sessionBytes(ZONE)), ZONE, TIMEOUT, () => now);
  for (let count = 0; count < 5000; count++) {
    now += 0.01;
    sessions.learn(`session ${count}`, "one", true);
  }
  const kept = Array.from({ length: 5000 }, (_, count) => sessions.find(`session ${count}`) !== undefined);
  assert.equal(kept.at(-1), true);
  assert.ok(kept.filter(Boolean).length > 200);
  assert.ok(kept.slice(0, 1000).every((each) => !each));
});
