import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ApiFailure } from "./failure.js";
import { readServer } from "./server-input.js";

test("whatever a body says becomes a change of known values, or a refusal", () => {
  const names = [
    "server",
    "weight",
    "max_conns",
    "max_fails",
    "fail_timeout",
    "slow_start",
    "route",
    "backup",
    "down",
    "drain",
    "x",
  ];
  const values = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(1, 0, -1, 1.5, "10s", "1h", "127.0.0.1:80", "[::1]", "unix:/a", true),
  );
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(fc.constantFrom(...names), values).map((said) => JSON.stringify(said)),
  );
  fc.assert(
    fc.property(bodies, fc.constantFrom("http" as const, "stream" as const), (body, role) => {
      let draft: ReturnType<typeof readServer>;
      try {
        draft = readServer(body, role, role === "http" ? 80 : undefined);
      } catch (error) {
        assert.ok(error instanceof ApiFailure);
        return;
      }
      const {
        weight = 1,
        maxConns = 0,
        maxFails = 0,
        failTimeout = 0,
        slowStartMs = 0,
        name,
        path,
        host,
      } = draft;
      for (const number of [weight - 1, maxConns, maxFails, failTimeout, slowStartMs])
        assert.ok(Number.isInteger(number) && number >= 0);
      assert.ok(name === undefined || path !== undefined || host !== "");
      assert.ok(role === "http" || (draft.route === undefined && draft.drain === undefined));
    }),
    { numRuns: 500 },
  );
});

test("times are as in the file, and a number is seconds", () => {
  assert.deepEqual(readServer('{"fail_timeout":"1m","slow_start":"500ms","route":""}', "http", 80), {
    failTimeout: 60,
    slowStartMs: 500,
    route: undefined,
  });
  assert.deepEqual(readServer('{"fail_timeout":5}', "http", 80), { failTimeout: 5 });
});
