import assert from "node:assert/strict";
import { test } from "node:test";
import { folderOf, lockLab, readState, removeState } from "./state.js";
import { takeDown } from "./take-down.js";

test("what can't be a lab's name never becomes a path, least of all one that is removed", async () => {
  // Nothing of it may be tried out: with the folder of another path all below that would go.
  for (const name of ["", ".", "..", "../..", "/", "dr/", "dr/hosts", "Dr", "-dr", "a".repeat(41), "dr\n"]) {
    const refused = { code: "bad-lab-name" };
    assert.throws(() => folderOf(name), refused, name);
    assert.equal(readState(name), undefined);
    if (name !== "") continue;
    assert.throws(() => removeState(name), refused);
    assert.throws(() => lockLab(name, 0), refused);
    await assert.rejects(takeDown(name), refused);
  }
});
