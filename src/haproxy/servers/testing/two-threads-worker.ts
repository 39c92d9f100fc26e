import { parentPort, workerData } from "node:worker_threads";
import { SharedMemory } from "../../../proxy/index.js";
import type { ServerSlot } from "../../run/index.js";
import { type BackendSettings, ServersFixture } from "./fixture.js";

/** What a thread of two-threads.test.ts is given. */
export interface ThreadOrder {
  readonly worker: number;
  readonly workers: number;
  readonly pieces: ReadonlyMap<string, SharedArrayBuffer>;
  readonly backend: BackendSettings;
  readonly requests: number;
  /** How many it has at once. */
  readonly together: number;
}

/** How its requests were shared among servers, and the most that it saw on one at once. */
export interface ThreadReport {
  readonly counts: Readonly<Record<string, number>>;
  readonly most: number;
}

/** Takes places and gives them back, until all requests are done. */
export async function drive(fixture: ServersFixture, order: ThreadOrder): Promise<ThreadReport> {
  const counts: Record<string, number> = {};
  let most = 0;
  let left = order.requests;
  const one = async () => {
    while (left-- > 0) {
      const slot = await new Promise<ServerSlot | undefined>((resolve) => {
        fixture.seek({ done: (result) => resolve(result.kind === "server" ? result.slot : undefined) });
      });
      if (slot === undefined) throw new Error("there was no server");
      const { name, sessions } = slot.server;
      counts[name] = (counts[name] ?? 0) + 1;
      most = Math.max(most, sessions.value);
      await new Promise((resolve) => setImmediate(resolve));
      slot.release();
    }
  };
  await Promise.all(Array.from({ length: order.together }, one));
  return { counts, most };
}

if (parentPort !== null && workerData !== null) {
  const order = workerData as ThreadOrder;
  const fixture = new ServersFixture([order.backend], {
    memory: new SharedMemory(order.worker, order.workers, order.pieces),
  });
  fixture.servers.start();
  const port = parentPort;
  // Nothing else keeps a thread that waits for another's wake-up alive.
  const alive = setInterval(() => {}, 1000);
  void drive(fixture, order).then((report) => {
    clearInterval(alive);
    fixture.stop();
    port.postMessage(report);
  });
}
