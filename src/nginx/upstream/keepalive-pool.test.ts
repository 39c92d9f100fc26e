import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientConnection } from "../../proxy/index.js";
import { KeepalivePool } from "./keepalive-pool.js";

/** A connection that counts what it carries, and goes away as soon as it is closed. */
class TestConnection {
  served = 0;
  destroyed = false;
  available = true;
  onIdle: () => void = () => {};
  onClosed: (error: Error | undefined) => void = () => {};

  serve(): void {
    this.served++;
    this.onIdle();
  }

  close(): void {
    this.destroyed = true;
    this.available = false;
    this.onClosed(undefined);
  }
}

const limits = { connections: 2, requests: 100, timeMs: 3_600_000, timeoutMs: 60_000 };

function added(pool: KeepalivePool, key: string): TestConnection {
  const connection = new TestConnection();
  pool.add(key, connection as unknown as ClientConnection);
  return connection;
}

describe("keepalive of an upstream", () => {
  test("the last one that became idle is taken first, of its own peer", () => {
    const pool = new KeepalivePool({ ...limits, connections: 4 });
    const [one, two, other] = [added(pool, "a"), added(pool, "a"), added(pool, "b")];
    for (const each of [two, one, other]) each.serve();
    assert.equal(pool.take("a"), one);
    assert.equal(pool.take("a"), two);
    assert.equal(pool.take("a"), undefined);
    assert.equal(pool.idle, 1);
    assert.equal(pool.take("b"), other);
  });

  test("where there are too many the one that waited longest goes, whatever its peer", () => {
    const pool = new KeepalivePool(limits);
    const all = [added(pool, "a"), added(pool, "b"), added(pool, "b")];
    for (const each of all) each.serve();
    assert.deepEqual(
      all.map(({ destroyed }) => destroyed),
      [true, false, false],
    );
    assert.equal(pool.idle, 2);
    assert.equal(pool.take("a"), undefined);
  });

  test("after its requests, its time, or idle too long it is closed", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
    const byRequests = new KeepalivePool({ ...limits, requests: 2 });
    const counted = added(byRequests, "a");
    counted.serve();
    assert.equal(byRequests.take("a"), counted);
    counted.serve();
    assert.equal(counted.destroyed, true);

    const old = added(new KeepalivePool({ ...limits, timeMs: -1 }), "a");
    old.serve();
    assert.equal(old.destroyed, true);

    const pool = new KeepalivePool(limits, Date.now);
    const [idle, later] = [added(pool, "a"), added(pool, "b")];
    idle.serve();
    t.mock.timers.tick(20_000);
    later.serve();
    t.mock.timers.tick(39_999);
    assert.equal(idle.destroyed, false);
    t.mock.timers.tick(1);
    assert.deepEqual([idle.destroyed, later.destroyed, pool.idle], [true, false, 1]);
    // In use it doesn't wait: its time begins anew.
    assert.equal(pool.take("b"), later);
    t.mock.timers.tick(20_000);
    later.serve();
    t.mock.timers.tick(59_999);
    assert.equal(later.destroyed, false);
    t.mock.timers.tick(1);
    assert.deepEqual([later.destroyed, pool.idle], [true, 0]);
  });

  test("a pool that is closed keeps none", () => {
    const pool = new KeepalivePool(limits);
    const [idle, used] = [added(pool, "a"), added(pool, "a")];
    idle.serve();
    pool.close();
    used.serve();
    assert.deepEqual([idle.destroyed, used.destroyed, pool.idle], [true, true, 0]);
  });
});
