import assert from "node:assert/strict";
import { test } from "node:test";
import { keepsQuiet, quietest, quietValues } from "./arp-quiet.js";

test("as the kernel has it: of arp_ignore 1, 2 and 8 do, of arp_announce 2", () => {
  const those = (setting: "arp_ignore" | "arp_announce") =>
    Array.from({ length: 12 }, (_, value) => value).filter((value) => keepsQuiet(setting, 0, value));
  assert.deepEqual(those("arp_ignore"), [1, 2, 8]);
  assert.deepEqual(those("arp_announce"), [2]);
});

test("the larger one of all and the device's own is in force", () => {
  assert.equal(keepsQuiet("arp_ignore", 1, 0), true);
  assert.equal(keepsQuiet("arp_ignore", 0, 0), false);
  assert.equal(keepsQuiet("arp_ignore", 1, 3), false);
  assert.equal(keepsQuiet("arp_ignore", 8, 3), true);
  assert.equal(keepsQuiet("arp_ignore", 9, 1), false);
  assert.equal(keepsQuiet("arp_announce", 2, 1), true);
  assert.equal(keepsQuiet("arp_announce", 3, 2), false);
  assert.deepEqual(quietValues("arp_ignore", quietest.arp_ignore), [0, 1, 2, 8]);
  assert.deepEqual(quietValues("arp_announce", quietest.arp_announce), [0, 1, 2]);
});
