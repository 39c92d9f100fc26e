import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { hasFeature } from "../../src/bpf/index.js";
import { type DirectorPlace, directorPlace, segment } from "./director-place.js";

const period = 2000;

/** Lets a new connection with two packets come in, so many times. */
function traffic(place: DirectorPlace, times: number, from: number): void {
  place.inside(() => {
    for (let i = 0; i < times; i++) {
      place.runHere("tc", segment({ syn: true, source: from + i }));
      place.runHere("tc", segment({ ack: true, source: from + i }));
    }
  });
}

test("rates follow what all CPUs count, as the kernel's estimator does", async (t) => {
  const place = directorPlace(t, 1024);
  if (!place) return;
  if (!hasFeature("percpu-lookup")) return t.skip("needs Linux 5.19");
  place.addService();
  place.addServer(0);
  place.addServer(1);
  const rates = (number: number) => place.server(number).rates;
  assert.equal(rates(0).connections, 0);

  await t.test("a burst is seen within two rounds, a quarter at first", async () => {
    traffic(place, 400, 1000);
    const before = place.counts(0);
    assert.equal(before.connections, 200);
    const seen = await until(() => rates(0).connections > 0, 2 * period + 500);
    assert.ok(seen);
    // 200 in two seconds are 100 a second, of which an average takes a quarter, or less where a round ended within.
    assert.ok(rates(0).connections <= 26 && rates(0).connections >= 2, JSON.stringify(rates(0)));
    assert.ok(rates(0).inPackets >= 2 * rates(0).connections - 1);
    assert.ok(rates(0).inBytes >= rates(0).inPackets * 39);
    assert.equal(rates(0).outPackets, 0);
    const whole = place.plane.services()[0]!.rates;
    assert.ok(Math.abs(whole.connections - rates(0).connections - rates(1).connections) <= 1);
  });

  await t.test("and it becomes less by a quarter in each round", async () => {
    const before = rates(0).inBytes;
    await sleep(period + 200);
    const after = rates(0).inBytes;
    assert.ok(after <= before * 0.8 && after >= before * 0.5, `${before} ${after}`);
  });

  await t.test("zeroing lets it begin at zero", async () => {
    place.plane.zero();
    assert.deepEqual(rates(0), { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 });
    await sleep(period + 200);
    assert.equal(rates(0).inPackets, 0);
  });

  await t.test("with run_estimation 0 nothing follows", async () => {
    place.configure((plane) => plane.setTunable("run_estimation", 0));
    traffic(place, 100, 3000);
    await sleep(period + 300);
    assert.equal(rates(0).inPackets, 0);
    place.configure((plane) => plane.setTunable("run_estimation", 1));
    assert.ok(await until(() => rates(0).inPackets > 0, period + 500));
  });
});

async function until(condition: () => boolean, most: number): Promise<boolean> {
  for (let waited = 0; waited < most; waited += 50) {
    if (condition()) return true;
    await sleep(50);
  }
  return condition();
}
