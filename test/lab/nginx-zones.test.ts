import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { ConnectionZone } from "../../src/nginx/http/phases/limit-connections.js";
import { close, mapMemory, memoryFile } from "../../src/sys/index.js";

test("workers that are killed while they count leave a zone that counts right", {
  skip: process.platform === "linux" ? false : "needs Linux",
}, async (t) => {
  const size = 64 * 64;
  const bytes = ConnectionZone.bytes(size);
  const fd = memoryFile("a test's zone", bytes);
  t.after(() => close(fd));
  const memory = mapMemory(fd, bytes, { write: true });
  const zone = new ConnectionZone("z", size, memory.bytes.buffer as ArrayBuffer);
  const child = new URL("./nginx-zone-child.js", import.meta.url);
  const start = (slot: number) => {
    const started = fork(child, ["4", String(size), String(slot)], {
      stdio: ["ignore", "inherit", "inherit", "ipc", fd],
    });
    t.after(() => started.kill("SIGKILL"));
    return started;
  };
  let locked = 0;
  for (let round = 0; round < 3; round++) {
    const workers = [1, 2].map(start);
    await Promise.all(workers.map((worker) => once(worker, "message")));
    for (const [at, worker] of workers.entries()) {
      worker.kill("SIGKILL");
      await once(worker, "exit");
      if (zone.takeOver(worker.pid!)) locked++;
      while (!zone.giveBack(at + 1));
    }
    for (const key of ["k0", "k1", "k2", "k3", "k4"]) {
      assert.ok(zone.enter(key, 1), `${key} is free`);
      assert.ok(!zone.enter(key, 1), `${key} is taken`);
      zone.leave(key);
    }
  }
  t.diagnostic(`${locked} of 6 died with the lock`);
});
