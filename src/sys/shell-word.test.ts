import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { typed } from "./shell-word.js";

test("what is put into a command stands for itself", () => {
  assert.equal(typed`ip link set ${"eth0.100"} mtu ${1500}`, "ip link set eth0.100 mtu 1500");
  for (const word of ["a;b", "$(id)", "`id`", "a b", "it's", '"', "\\", "*", "-n", "", "!x", "ä", "a\nb"]) {
    const said = execFileSync("/bin/sh", ["-c", typed`printf %s ${word}/x`]).toString();
    assert.equal(said, `${word}/x`);
  }
});
