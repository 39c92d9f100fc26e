import assert from "node:assert/strict";
import { test } from "node:test";
import { accessCheck, Networks } from "./networks.js";

test("networks fit addresses of their family by their first bits", () => {
  for (const [who, inside, outside] of [
    ["10.1.2.0/23", "10.1.3.255", "10.1.4.0"],
    ["10.1.2.3", "10.1.2.3", "10.1.2.4"],
    ["0.0.0.0/0", "255.1.2.3", "::1"],
    ["fd00:1::/33", "fd00:1:7fff::1", "fd00:1:8000::1"],
    ["::1", "::1", "0.0.0.1"],
    ["unix:", "", "10.0.0.1"],
  ] as const) {
    assert.equal(new Networks().add(who).has(inside), true, `${who} ${inside}`);
    assert.equal(new Networks().add(who).has(outside), false, `${who} ${outside}`);
  }
});

test("the first rule that fits decides, and without one a client may", () => {
  const rules = accessCheck([
    { allow: false, who: "10.0.0.1" },
    { allow: true, who: "10.0.0.0/8" },
    { allow: false, who: "all" },
  ]);
  assert.deepEqual(["10.0.0.1", "10.0.0.2", "192.0.2.1", ""].map(rules), [false, true, false, false]);
  assert.equal(accessCheck([{ allow: false, who: "10.0.0.1" }])("10.0.0.2"), true);
});
