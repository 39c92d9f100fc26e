import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { rondo } from "./running.js";

function said(words: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment };
  const { status, stderr } = spawnSync(process.execPath, [rondo, ...words], { encoding: "utf8", env });
  return { status, stderr };
}

test("a plane that there isn't, and one without a name", () => {
  const unknown = said(["--plane", "ipv", "ipvsadm", "-Ln"]);
  assert.deepEqual(unknown, {
    status: 2,
    stderr: "rondo: --plane: there is no data plane ipv; did you mean ipvs?\nThere are xdp and ipvs.\n",
  });
  assert.equal(said(["--plane"]).status, 2);
});

const isThere = existsSync("/proc/net/ip_vs");
test("without the kernel's module, ipvsadm says so on its plane", {
  skip: isThere && "this kernel has IPVS",
}, () => {
  const ways = [said(["--plane=ipvs", "ipvsadm", "-Ln"]), said(["ipvsadm", "-Ln"], { RONDO_PLANE: "ipvs" })];
  for (const { status, stderr } of ways) {
    assert.match(stderr, /^Can't initialize ipvs: this kernel has no IPVS.*\nLoad it with `modprobe ip_vs`/);
    assert.equal(status, 2);
  }
});
