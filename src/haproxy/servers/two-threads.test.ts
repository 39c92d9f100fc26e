import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import { SharedMemory } from "../../proxy/index.js";
import { type BackendSettings, ServersFixture } from "./testing/fixture.js";
import { drive, type ThreadOrder, type ThreadReport } from "./testing/two-threads-worker.js";

async function both(backend: BackendSettings, requests: number, together: number) {
  const memory = new SharedMemory(0, 2);
  const fixture = new ServersFixture([backend], { memory });
  fixture.servers.start();
  const order: ThreadOrder = { worker: 1, workers: 2, pieces: memory.pieces, backend, requests, together };
  const worker = new Worker(new URL("./testing/two-threads-worker.js", import.meta.url), {
    workerData: order,
  });
  const other = new Promise<ThreadReport>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  const alive = setInterval(() => {}, 1000);
  try {
    const reports = await Promise.all([drive(fixture, order), other]);
    return { fixture, reports };
  } finally {
    clearInterval(alive);
    fixture.stop();
    await worker.terminate();
  }
}

describe("servers of two threads", () => {
  test("round robin's shares are exact over both", async () => {
    const { reports } = await both(
      {
        servers: [
          ["s1", { weight: 2 }],
          ["s2", { weight: 1 }],
        ],
      },
      1500,
      1,
    );
    const total = (name: string) => reports.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
    assert.deepEqual([total("s1"), total("s2")], [2000, 1000]);
  });

  test("maxconn holds for both together, and each wakes the other's waiting streams", async () => {
    const { fixture, reports } = await both(
      {
        servers: [
          ["s1", { maxconn: 2 }],
          ["s2", { maxconn: 1 }],
        ],
      },
      600,
      8,
    );
    for (const { counts, most } of reports) {
      assert.equal((counts.s1 ?? 0) + (counts.s2 ?? 0), 600);
      assert.ok(most <= 2, `${most} at once`);
    }
    assert.equal(fixture.server("s1").sessions.value, 0);
    assert.equal(fixture.server("s2").sessions.value, 0);
    assert.equal(fixture.backend().queued, 0);
  });
});
