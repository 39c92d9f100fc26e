import assert from "node:assert/strict";
import { test } from "node:test";
import { RondoError } from "../../errors.js";
import { nat } from "../topologies/nat.js";
import { cablesOfHost } from "./cables.js";
import { type Fault, type FaultWish, faultText, placeOf } from "./fault.js";
import { planCables, planFail } from "./plan.js";

const now = Date.parse("2030-01-01T00:00:00Z");
const told = (faults: readonly Fault[]) => faults.map((fault) => `${placeOf(fault)}: ${faultText(fault)}`);
const wish = {
  cut: { kind: "cut" },
  loss: { kind: "loss", percent: 5 },
  delay: { kind: "delay", milliseconds: 50, jitter: 0 },
  flap: { kind: "flap", every: 1000, for: 10_000 },
} as const;

type CableWish = Exclude<FaultWish, { kind: "fail" }>;
const on = (faults: readonly Fault[], host: string, wanted: CableWish, device?: string) =>
  planCables(faults, cablesOfHost(nat, host, device), wanted, now);
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof RondoError);
    return `${error.code}: ${error.message}`;
  }
  return assert.fail("it was taken");
};

test("a fault is on all cables of a host, or on the one that is named", () => {
  assert.deepEqual(told(on([], "director", wish.cut).faults), ["director ens33: cut", "director ens37: cut"]);
  assert.deepEqual(told(on([], "director", wish.cut, "ens37").faults), ["director ens37: cut"]);
  assert.match(
    refusal(() => on([], "director", wish.cut, "ens38")),
    /^unknown-interface/,
  );
  assert.match(
    refusal(() => on([], "switch", wish.cut)),
    /^no-cable/,
  );
});

test("loss and delay are together; the same again takes the other's place; nothing ends it", () => {
  const { faults: first } = on([], "web1", wish.loss);
  const { faults: both } = on(first, "web1", wish.delay);
  assert.deepEqual(told(both), ["web1: loss 5%", "web1: delay 50ms"]);
  const other = on(both, "web1", { kind: "loss", percent: 10 });
  assert.deepEqual(told(other.faults), ["web1: delay 50ms", "web1: loss 10%"]);
  assert.deepEqual([told(other.set), told(other.ended)], [["web1: loss 10%"], ["web1: loss 5%"]]);
  const none = on(other.faults, "web1", { kind: "loss", percent: 0 });
  assert.deepEqual([told(none.faults), told(none.set)], [["web1: delay 50ms"], []]);
  // Whoever was killed between the two has left both.
  const killed = on([...first, ...other.set], "web1", { kind: "loss", percent: 1 });
  assert.deepEqual([told(killed.faults), killed.ended.length], [["web1: loss 1%"], 2]);
});

test("what can't be at the same time is refused in words", () => {
  const { faults: cut } = on([], "web1", wish.cut);
  assert.deepEqual(on(cut, "web1", wish.cut).set, []);
  assert.equal(
    refusal(() => on(cut, "web1", wish.loss)),
    "cable-cut: the cable of web1 is cut since 2030-01-01T00:00:00.000Z: nothing passes that could be lost",
  );
  assert.match(
    refusal(() => on(cut, "web1", wish.flap)),
    /^cable-cut: .*no contact to lose/,
  );
  const { faults: flap } = on([], "web1", wish.flap);
  assert.match(
    refusal(() => on(flap, "web1", wish.cut)),
    /^cable-flaps: /,
  );
  assert.deepEqual(told(on(flap, "web1", wish.loss).faults), ["web1: flap every 1s", "web1: loss 5%"]);
});

test("power off ends a host's other faults, and nothing can be wrong with a cable then", () => {
  const { faults: loss } = on([], "web1", wish.loss);
  const { faults: two } = on(loss, "web2", wish.loss);
  const plan = planFail(two, "web1", now);
  assert.deepEqual(
    [told(plan.faults), told(plan.ended)],
    [["web2: loss 5%", "web1: fail"], ["web1: loss 5%"]],
  );
  assert.match(
    refusal(() => on(plan.faults, "web1", wish.cut)),
    /^host-off: web1 is off since/,
  );
  assert.deepEqual(planFail(plan.faults, "web1", now).set, []);
});
