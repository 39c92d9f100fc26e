import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ChangingLogs } from "./changing-logs.js";

const folder = mkdtempSync(join(tmpdir(), `rondo-logs-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const read = (name: string) => readFileSync(path(name), "latin1");

test("without a cache no file stays open", () => {
  const logs = new ChangingLogs(undefined, () => 0);
  logs.write(path("a"), "1\n");
  logs.write(path("a"), "2é\n");
  assert.equal(read("a"), "1\n2é\n");
  assert.equal(logs.open, 0);
});

test("so many files stay open, those that were used last and often enough", () => {
  let now = 0;
  const logs = new ChangingLogs({ max: 2, inactive: 10, minUses: 2, valid: 60 }, () => now);
  logs.write(path("one"), "1\n");
  assert.equal(logs.open, 0);
  logs.write(path("one"), "2\n");
  logs.write(path("two"), "1\n");
  logs.write(path("two"), "2\n");
  assert.equal(logs.open, 2);
  logs.write(path("three"), "1\n");
  assert.equal(logs.open, 1, "the oldest gave way");
  renameSync(path("two"), path("moved"));
  logs.write(path("two"), "3\n");
  assert.equal(read("moved"), "1\n2\n3\n");
  now = 61;
  logs.write(path("new"), "1\n");
  assert.equal(logs.open, 0, "nobody used them for so long");
  assert.throws(() => logs.write(join(folder, "none", "x"), "1\n"), { code: "ENOENT" });
});

test("a file that was moved away is opened anew after a time", () => {
  let now = 0;
  const logs = new ChangingLogs({ max: 2, inactive: 100, minUses: 1, valid: 5 }, () => now);
  logs.write(path("v"), "1\n");
  renameSync(path("v"), path("v.old"));
  now = 6;
  logs.write(path("v"), "2\n");
  assert.equal(read("v.old"), "1\n");
  assert.equal(read("v"), "2\n");
  logs.close();
  assert.equal(logs.open, 0);
});
