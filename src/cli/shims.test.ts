import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeShims } from "./shims.js";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "shims-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const names = ["haproxy", "ipvsadm", "ipvsadm-restore", "ipvsadm-save", "keepalived", "nginx"];

test("shims run, and are what they were wherever something else has been put", (t) => {
  const path = folder(t);
  writeShims(path);
  assert.deepEqual(readdirSync(path).sort(), names);
  const shim = join(path, "ipvsadm");
  const { status, stdout } = spawnSync(shim, ["-h"], { encoding: "utf8", env: {} });
  assert.equal(status, 0);
  assert.match(stdout, /^ipvsadm v1\.31 /);
  const text = readFileSync(shim, "utf8");
  const before = statSync(shim).ino;
  writeShims(path);
  assert.equal(statSync(shim).ino, before, "what is there already stays");
  for (const spoil of [() => writeFileSync(shim, "#!/bin/sh\n"), () => chmodSync(shim, 0o644)]) {
    spoil();
    writeShims(path);
    assert.equal(readFileSync(shim, "utf8"), text);
    assert.equal(statSync(shim).mode & 0o777, 0o755);
  }
});

test("several who write them at once are not in each other's way", async (t) => {
  const path = folder(t);
  const writer = `
    import { rmSync } from "node:fs";
    import { writeShims } from ${JSON.stringify(new URL("./shims.js", import.meta.url).href)};
    for (let i = 0; i < 200; i++) {
      rmSync(${JSON.stringify(join(path, "ipvsadm"))}, { force: true });
      writeShims(${JSON.stringify(path)});
    }`;
  const writers = Array.from({ length: 3 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", writer], {
      stdio: ["ignore", "ignore", "inherit"],
    }),
  );
  const ends = await Promise.all(writers.map((child) => once(child, "exit")));
  assert.deepEqual(ends, [
    [0, null],
    [0, null],
    [0, null],
  ]);
  writeShims(path);
  assert.deepEqual(readdirSync(path).sort(), names);
});
