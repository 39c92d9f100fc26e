import assert from "node:assert/strict";
import { test } from "node:test";
import { RondoError } from "../errors.js";
import { readFaultText } from "./lab-fault-words.js";

const refusal = (text: string): string => {
  try {
    readFaultText(text);
  } catch (error) {
    assert.ok(error instanceof RondoError);
    return `${error.message} | ${error.remedy}`;
  }
  return assert.fail(`${text} was taken`);
};

test("faults are read as their commands have them", () => {
  assert.deepEqual(readFaultText("cut web1"), { wish: { kind: "cut" }, host: "web1" });
  assert.deepEqual(readFaultText("loss 5% dr/web1 --interface ens33"), {
    wish: { kind: "loss", percent: 5 },
    host: "dr/web1",
    interface: "ens33",
  });
  assert.deepEqual(readFaultText(" delay  50ms+-10ms web1 --lab dr"), {
    wish: { kind: "delay", milliseconds: 50, jitter: 10 },
    host: "web1",
    lab: "dr",
  });
  assert.deepEqual(readFaultText("flap web1"), {
    wish: { kind: "flap", every: 1000, for: 10_000 },
    host: "web1",
  });
  assert.deepEqual(readFaultText("flap web1 --every 200ms --for 1m").wish, {
    kind: "flap",
    every: 200,
    for: 60_000,
  });
  assert.deepEqual(readFaultText("fail web1").wish, { kind: "fail" });
});

test("what is mistyped is told with what was meant", () => {
  assert.equal(refusal("ctu web1"), 'there is no fault "ctu" | Did you mean cut?');
  assert.equal(refusal("loss 5 web1"), "loss 5: it takes a share from 0% to 100% | Did you mean 5%?");
  assert.equal(refusal("loss web1 5%"), "loss: 5% comes first | Did you mean: rondo lab loss 5% web1?");
  assert.match(refusal("loss web1"), /loss: which host\? \| rondo lab loss PERCENT HOST/);
  assert.match(refusal("delay"), /how much, and of which host/);
  assert.match(refusal("cut"), /cut: which host/);
  assert.match(refusal("cut web1 web2"), /web2 is too much/);
  assert.match(refusal("cut web1 --every 1s"), /Unknown option '--every'/);
  assert.match(refusal("fail web1 --interface eth0"), /Unknown option '--interface'/);
  assert.match(refusal("flap web1 --every 1"), /--every 1: .* \| Did you mean 1s\?/);
  assert.match(refusal("flap web1 --every 1ms"), /from 20ms to 24h/);
  assert.match(refusal("flap web1 --every 5s --for 1s"), /--for 1s: it takes a time from 5000ms/);
});
