import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConnectionZone } from "./limit-connections.js";
import { RequestZone } from "./limit-requests.js";

test("a bucket leaks at its rate: no more get through than it and the burst allow", () => {
  const waits = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 });
  fc.assert(
    fc.property(waits, fc.nat(5), (steps, burst) => {
      const zone = new RequestZone("z", 65_536, 5_000); // five a second
      let now = 1000;
      let passed = 0;
      for (const step of steps) {
        now += step;
        if (zone.take("k", now, burst, burst) !== undefined) passed++;
      }
      assert.ok(passed <= 1 + burst + ((now - 1000) / 1000) * 5 + 1e-6, `${passed} of ${steps.length}`);
    }),
  );
});

test("what is above the rate waits as long as it is above", () => {
  const zone = new RequestZone("z", 65_536, 2_000);
  const ask = () => {
    const asked = zone.ask("k", 0, 5, 0)!;
    zone.commit("k", 0);
    return asked.delayMs;
  };
  assert.deepEqual([ask(), ask(), ask()], [0, 500, 1000]);
  assert.equal(zone.ask("other", 0, 5, 0)?.delayMs, 0);
});

test("a zone never holds more keys than it has room for", () => {
  const zone = new RequestZone("z", 64 * 10, 1_000);
  for (let key = 0; key < 100; key++) zone.commit(String(key), 0);
  assert.equal(zone.ask("0", 0, 0, 0)?.excess, 0); // forgotten: it begins anew
  assert.equal(zone.ask("99", 0, 0, 0), undefined);
});

test("as many as may be, and again when one has gone", () => {
  const zone = new ConnectionZone("z", 65_536);
  assert.deepEqual(
    [zone.enter("k", 2), zone.enter("k", 2), zone.enter("k", 2), zone.enter("j", 2)],
    [true, true, false, true],
  );
  zone.leave("k");
  assert.ok(zone.enter("k", 2));
});
