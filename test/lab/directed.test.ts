import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bpfAccess, pinFolder } from "../../src/bpf/index.js";
import { Host } from "../../src/lab/index.js";
import { networkNamespaceCookie } from "../../src/sys/index.js";
import { leftAfter, leftovers } from "./leftovers.js";
import { rondo } from "./running.js";

const skip = process.getuid?.() !== 0 ? "needs root" : bpfAccess() === "yes" ? false : "needs bpf";

test("kill -9 of a run lets go of what its director has pinned", { skip }, async () => {
  const child = spawn(process.execPath, [rondo, "lab", "run", "dr", "--requests", "100000"], {
    stdio: "ignore",
  });
  const name = `dr-run-${child.pid}-`;
  try {
    const busy = () => leftovers(name).some((left) => left.includes("client in /run/netns"));
    for (let i = 0; i < 2400 && !busy(); i++) await sleep(25);
    const namespace = leftovers(name).find(
      (left) => left.startsWith("/run/netns/") && left.endsWith("-director"),
    );
    assert.ok(namespace, "the lab never came up");
    const pins = new Host("director", namespace).within(() => pinFolder(networkNamespaceCookie()));
    assert.ok(existsSync(pins));
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.deepEqual(await leftAfter(name, 10_000), []);
    assert.ok(!existsSync(pins));
  } finally {
    child.kill("SIGKILL");
  }
});
