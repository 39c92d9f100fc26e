import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Found, nameOf, ServersFixture } from "../servers/testing/fixture.js";

describe("queues", () => {
  test("a server takes maxconn, the others wait in order", () => {
    const fixture = new ServersFixture([{ servers: [["s1", { maxconn: 1, minconn: 1 }]] }]);
    const found = [fixture.seek(), fixture.seek(), fixture.seek()];
    assert.deepEqual(found.map(nameOf), ["s1", "waits", "waits"]);
    assert.equal(fixture.backend().queued, 2);
    found[0]?.release();
    assert.deepEqual(found.map(nameOf), ["s1", "s1", "waits"]);
    assert.equal(fixture.server("s1").sessions.value, 1);
    found[1]?.release();
    assert.equal(nameOf(found[2] as Found), "s1");
    found[2]?.release();
    assert.equal(fixture.server("s1").sessions.value, 0);
    assert.equal(fixture.backend().queued, 0);
  });

  test("who waited for a server by persistence and who waits for any are served as they came", () => {
    const fixture = new ServersFixture([{ servers: [["s1", { maxconn: 1 }]] }]);
    const first = fixture.seek();
    const wanted = fixture.server("s1");
    const order: string[] = [];
    const waiting: Found[] = [];
    // Of those that came within one millisecond the server's own queue would be first.
    for (const [name, settings, priorityOffset] of [
      ["any", {}, 0],
      ["named", { wanted }, 50],
      ["late", {}, 100],
    ] as const)
      waiting.push(
        fixture.seek({
          ...settings,
          stream: fixture.stream({ priorityOffset }),
          done: (result) => {
            order.push(name);
            if (result.kind === "server") queueMicrotask(() => result.slot.release());
          },
        }),
      );
    assert.equal(wanted.queued, 1);
    first.release();
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      assert.deepEqual(order, ["any", "named", "late"]);
    });
  });

  test("classes go first, then offsets", () => {
    const fixture = new ServersFixture([{ servers: [["s1", { maxconn: 1 }]] }]);
    const first = fixture.seek();
    const order: string[] = [];
    const enqueue = (name: string, priorityClass: number, priorityOffset: number) =>
      fixture.seek({
        stream: fixture.stream({ priorityClass, priorityOffset }),
        done: (result) => {
          order.push(name);
          if (result.kind === "server") result.slot.release();
        },
      });
    enqueue("plain", 0, 0);
    enqueue("later", 0, 5000);
    enqueue("sooner", 0, -5000);
    enqueue("important", -1, 9000);
    enqueue("lowest", 7, -9000);
    first.release();
    assert.deepEqual(order, ["important", "sooner", "plain", "later", "lowest"]);
  });

  test("maxqueue of a wanted server: full, or another one with redispatch", () => {
    const servers = [["s1", { maxconn: 1, maxqueue: 1 }], ["s2"]] as const;
    const strict = new ServersFixture([{ servers }]);
    const wanted = strict.server("s1");
    assert.deepEqual(
      [1, 2, 3].map(() => nameOf(strict.seek({ wanted }))),
      ["s1", "waits", "queue-full"],
    );
    const lenient = new ServersFixture([{ servers, section: { redispatch: -1 } }]);
    const other = lenient.server("s1");
    assert.deepEqual(
      [1, 2, 3].map(() => nameOf(lenient.seek({ wanted: other }))),
      ["s1", "waits", "s2"],
    );
  });

  test("a server that goes down gives up its queue, one that is forced stays", () => {
    const fixture = new ServersFixture([
      { servers: [["s1", { maxconn: 1 }], ["s2"]], section: { redispatch: -1 } },
    ]);
    const wanted = fixture.server("s1");
    const found = [fixture.seek({ wanted }), fixture.seek({ wanted }), fixture.seek({ wanted, force: true })];
    wanted.setState("maint");
    assert.deepEqual(found.map(nameOf), ["s1", "s2", "waits"]);
    assert.match(
      fixture.told.at(-1)?.message ?? "",
      /1 sessions active, 1 requeued, 1 remaining in queue\.$/,
    );
  });

  test("a server that comes up takes what waits in the back end's queue", () => {
    const fixture = new ServersFixture([
      {
        servers: [
          ["s1", { maxconn: 1 }],
          ["s2", { maxconn: 2, disabled: true }],
        ],
      },
    ]);
    const found = Array.from({ length: 5 }, () => fixture.seek());
    assert.deepEqual(found.map(nameOf), ["s1", "waits", "waits", "waits", "waits"]);
    fixture.server("s2").setState("ready");
    assert.deepEqual(found.map(nameOf), ["s1", "s2", "s2", "waits", "waits"]);
  });

  test("leaving the queue: by its time limit, or because the client has gone", async () => {
    const fixture = new ServersFixture([{ servers: [["s1", { maxconn: 1 }]] }]);
    const first = fixture.seek();
    const stream = fixture.stream();
    const ended = new Promise<string>((resolve) => {
      fixture.seek({ stream, queueTimeoutMs: 20, done: ({ kind }) => resolve(kind) });
    });
    const gone = fixture.seek();
    const last = fixture.seek();
    gone.cancel();
    assert.equal(await ended, "queue-timeout");
    assert.equal((stream as { backendQueue: number }).backendQueue, 1);
    assert.equal(fixture.backend().queued, 1);
    first.release();
    assert.equal(nameOf(last), "s1");
    assert.equal(gone.result, undefined);
  });

  test("minconn and fullconn: the limit grows with the back end's load", () => {
    const fixture = new ServersFixture([{ fullconn: 100, servers: [["s1", { minconn: 2, maxconn: 20 }]] }]);
    const server = fixture.server("s1");
    const limits = [0, 10, 50, 99, 100, 500].map((load) => {
      fixture.backend().sessions.value = load;
      return server.limit;
    });
    assert.deepEqual(limits, [2, 2, 10, 19, 20, 20]);
  });

  test("more places than before are filled at once", () => {
    const fixture = new ServersFixture([{ servers: [["s1", { maxconn: 1 }]] }]);
    const found = Array.from({ length: 4 }, () => fixture.seek());
    assert.equal(fixture.server("s1").setMaxconn("3"), undefined);
    assert.deepEqual(found.map(nameOf), ["s1", "s1", "s1", "waits"]);
    assert.equal(fixture.server("s1").setMaxconn("x"), "maxconn string empty or preceded by garbage");
  });
});
