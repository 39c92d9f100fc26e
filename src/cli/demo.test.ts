import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot, rondoPath } from "../package-root.js";

const rondo = (words: readonly string[], preload?: string) =>
  spawnSync(process.execPath, [rondoPath, ...words], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, ...(preload !== undefined && { NODE_OPTIONS: `--import ${preload}` }) },
  });
const demo = (...words: string[]) => rondo(["demo", ...words]);
const elsewhere = join(packageRoot, "test/fixtures/elsewhere.mjs");
const sharing = ["demo", "--port", "0", "--requests", "6", "--json"];

test("the demo shares requests among its servers, and leaves nothing", () => isShared(rondo(sharing)));

test("so it does on another system, where no C function can be called", () =>
  isShared(rondo(sharing, elsewhere)));

test("there, what needs Linux is refused", () => {
  const lab = rondo(["lab", "list"], elsewhere);
  assert.deepEqual([lab.status, /needs Linux/.test(lab.stderr)], [1, true], lab.stderr);
});

function isShared({ status, stdout, stderr }: ReturnType<typeof rondo>): void {
  assert.equal(status, 0, stderr);
  const told = JSON.parse(stdout);
  assert.deepEqual(told.answers.toSorted(), ["web1", "web1", "web2", "web2", "web3", "web3"]);
  assert.deepEqual(
    told.servers.map(({ name, requests }: { name: string; requests: number }) => [name, requests]),
    [
      ["web1", 2],
      ["web2", 2],
      ["web3", 2],
    ],
  );
  assert.equal(told.failed, 0);
}

test("a mistake in the demo's words is told", () => {
  const { status, stderr } = demo("--port", "http");
  assert.equal(status, 2);
  assert.match(stderr, /--port http: a number from 0 to 65535/);
});
