import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { replaceFile } from "./replace-file.js";

test("a file is replaced whole, with the mode that is asked for; what fails leaves what was, and nothing beside it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "replace-file-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "file");
  const modeOf = () => statSync(path).mode & 0o777;
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  replaceFile(path, "one");
  assert.deepEqual([readFileSync(path, "utf8"), modeOf()], ["one", 0o600]);
  replaceFile(path, "two", { executable: true });
  assert.deepEqual([readFileSync(path, "utf8"), modeOf()], ["two", 0o755]);
  process.umask(0);
  replaceFile(path, "three", { mode: 0o640 });
  assert.deepEqual([readFileSync(path, "utf8"), modeOf()], ["three", 0o640]);
  assert.deepEqual(readdirSync(folder), ["file"]);

  const taken = join(folder, "folder");
  mkdirSync(join(taken, "full"), { recursive: true });
  assert.throws(() => replaceFile(taken, "four"), /EISDIR|ENOTEMPTY/);
  assert.throws(() => replaceFile(join(folder, "absent", "file"), "four"), { code: "ENOENT" });
  writeFileSync(join(folder, "other"), "");
  assert.throws(() => replaceFile(join(folder, "other", "file"), "four"), { code: "ENOTDIR" });
  assert.deepEqual(readdirSync(folder).sort(), ["file", "folder", "other"]);
});
