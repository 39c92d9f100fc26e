import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import fc from "fast-check";
import type { StickTable } from "../../config/haproxy/model/index.js";
import { SharedMemory } from "../../proxy/index.js";
import type { Sample } from "../run/index.js";
import { countRequest, countResponse, releaseTracked, Table, tableCommand, track } from "./index.js";

const settings = (changes: Partial<StickTable> = {}): StickTable => ({
  name: "t",
  type: "string",
  keyLength: 31,
  size: 8,
  expireMs: 1000,
  noPurge: false,
  peers: undefined,
  writeTo: undefined,
  recvOnly: false,
  stores: [
    { name: "gpc0", periodMs: undefined, elements: undefined },
    { name: "conn_cur", periodMs: undefined, elements: undefined },
    { name: "conn_rate", periodMs: 100, elements: undefined },
    { name: "bytes_in_cnt", periodMs: undefined, elements: undefined },
    { name: "http_req_cnt", periodMs: undefined, elements: undefined },
    { name: "http_err_cnt", periodMs: undefined, elements: undefined },
    { name: "server_key", periodMs: undefined, elements: undefined },
  ],
  place: { file: "f", line: 1, column: 1 },
  ...changes,
});
const text = (value: string): Sample => ({ type: "str", value });

interface Model {
  expiry: number;
  users: number;
  gpc0: number;
}

if (!isMainThread) {
  const memory = new SharedMemory(1, 2, workerData.pieces);
  const table = new Table(settings({ size: 64, expireMs: undefined }), memory);
  for (let round = 0; round < workerData.rounds; round++) {
    const entry = table.acquire(`k${round % 50}`);
    entry?.add("gpc0", 1);
    entry?.add("bytes_in_cnt", 0x80000000);
    entry?.release();
  }
} else {
  test("a table does what a map of its entries does", () => {
    const command = fc.oneof(
      fc.record({ do: fc.constant("add" as const), key: fc.integer({ min: 0, max: 14 }) }),
      fc.record({ do: fc.constant("hold" as const), key: fc.integer({ min: 0, max: 14 }) }),
      fc.record({ do: fc.constant("release" as const), key: fc.integer({ min: 0, max: 14 }) }),
      fc.record({ do: fc.constant("remove" as const), key: fc.integer({ min: 0, max: 14 }) }),
      fc.record({ do: fc.constant("wait" as const), key: fc.integer({ min: 0, max: 500 }) }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        let now = 1e6;
        const table = new Table(settings(), new SharedMemory(), () => now);
        const model = new Map<string, Model>();
        const held = new Map<string, { release(): void }[]>();
        const expire = () => {
          for (const [key, each] of model) if (each.users === 0 && each.expiry <= now) model.delete(key);
        };
        for (const each of commands) {
          const key = `k${each.key}`;
          expire();
          if (each.do === "wait") now += each.key;
          else if (each.do === "remove") {
            assert.equal(table.remove(key), model.get(key)?.users === 0 && model.delete(key));
          } else if (each.do === "release") {
            held.get(key)?.pop()?.release();
            const entry = model.get(key);
            if (entry !== undefined && entry.users > 0) entry.users--;
          } else {
            const entry = each.do === "hold" ? table.acquire(key) : table.getOrCreate(key);
            if (!model.has(key) && model.size === 8) {
              const unused = [...model].filter(([, other]) => other.users === 0);
              if (unused.length === 0) {
                assert.equal(entry, undefined);
                continue;
              }
              const gone = unused.filter(([other]) => table.lookup(other) === undefined);
              const least = Math.min(...unused.map(([, other]) => other.expiry));
              assert.equal(gone.length, 1);
              assert.equal(gone[0]?.[1].expiry, least);
              model.delete(gone[0]?.[0] as string);
            }
            const mine = model.get(key) ?? { expiry: now + 1000, users: 0, gpc0: 0 };
            model.set(key, mine);
            if (each.do === "hold") {
              mine.users++;
              held.set(key, [...(held.get(key) ?? []), entry as { release(): void }]);
            } else {
              assert.equal(entry?.add("gpc0", 3), (mine.gpc0 += 3));
              mine.expiry = now + 1000;
            }
          }
          expire();
          assert.equal(table.used, model.size);
        }
        const seen = [...table.entries()].map((entry) => [entry.key, entry.get("gpc0"), entry.users]);
        const wanted = [...model].map(([key, each]) => [key, each.gpc0, each.users]);
        assert.deepEqual(
          seen.sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
          wanted.sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
        );
      }),
      { numRuns: 150 },
    );
  });

  test("two threads lose no count", async () => {
    const memory = new SharedMemory(0, 2);
    const table = new Table(settings({ size: 64, expireMs: undefined }), memory);
    const rounds = 20_000;
    const other = new Worker(new URL(import.meta.url), { workerData: { pieces: memory.pieces, rounds } });
    const done = new Promise((resolve, reject) => other.once("exit", resolve).once("error", reject));
    await new Promise((resolve) => other.once("online", resolve));
    for (let round = 0; round < rounds; round++) {
      const entry = table.acquire(`k${round % 50}`);
      entry?.add("gpc0", 1);
      entry?.add("bytes_in_cnt", 0x80000000);
      entry?.release();
      if (round % 1000 === 0) table.getOrCreate(`mine${round % 5000}`)?.setText("server_key", `s${round}`);
    }
    await done;
    let total = 0;
    let bytes = 0;
    for (const entry of table.entries()) {
      total += entry.get("gpc0");
      bytes += entry.get("bytes_in_cnt");
      assert.equal(entry.users, 0);
    }
    assert.equal(total, 2 * rounds);
    assert.equal(bytes, 2 * rounds * 0x80000000);
  });

  test("rates are those of the last period", () => {
    let now = 5000;
    const table = new Table(settings({ expireMs: undefined }), new SharedMemory(), () => now);
    const entry = table.getOrCreate("k");
    assert.equal(entry?.add("conn_rate", 4), 4);
    now += 50;
    assert.equal(entry?.add("conn_rate", 4), 8);
    assert.equal(entry?.get("conn_rate"), 8);
    now += 75; // 25 ms after the first period: three quarters of it are still within
    assert.equal(entry?.get("conn_rate"), 6);
    assert.equal(entry?.add("conn_rate", 1), 1);
    assert.equal(entry?.get("conn_rate"), 7);
    now += 300;
    assert.equal(entry?.get("conn_rate"), 0);
  });

  test("tracked entries count connections, requests and errors", () => {
    const table = new Table(settings(), new SharedMemory());
    const session = { tracked: [track(table, text("a"))] };
    const stream = { tracked: [undefined, track(table, text("b"), { content: true, backend: false })] };
    countRequest({ session, stream });
    countResponse({ session, stream }, 404);
    countResponse({ session, stream }, 200);
    const a = table.lookup("a");
    assert.deepEqual(
      ["conn_cur", "conn_rate", "http_req_cnt", "http_err_cnt"].map((name) => a?.get(name)),
      [1, 1, 1, 1],
    );
    assert.equal(a?.users, 1);
    assert.equal(table.remove("a"), false);
    releaseTracked(stream, "content");
    releaseTracked(session);
    assert.equal(a?.get("conn_cur"), 0);
    assert.equal(table.lookup("b")?.users, 0);
    assert.equal(table.remove("a"), true);
    assert.equal(a?.get("http_req_cnt"), 0);
  });

  test("the runtime socket's commands answer as HAProxy's", () => {
    const table = new Table(
      settings({
        type: "ip",
        size: 1024,
        expireMs: 9000,
        stores: [
          { name: "gpc", periodMs: undefined, elements: 2 },
          { name: "gpc_rate", periodMs: 10000, elements: 1 },
          { name: "server_key", periodMs: undefined, elements: undefined },
          { name: "server_id", periodMs: undefined, elements: undefined },
        ],
      }),
      new SharedMemory(),
      () => 77_000,
    );
    const tables = new Map([["t", table]]);
    const command = (action: "show" | "clear" | "set", words: string, operator = true) =>
      tableCommand(action, words.split(" "), tables, operator);
    assert.equal(command("set", "t key 127.0.0.1 data.server_id -2"), "");
    table.lookup("127.0.0.1")?.add("gpc0", 2);
    table.lookup("127.0.0.1")?.setText("server_key", "s1");
    const line =
      "0x1: key=127.0.0.1 use=0 exp=9000 server_id=-2 server_key=s1 gpc0=2 gpc1=0 gpc0_rate(10000)=0\n";
    const head = "# table: t, type: ip, size:1024, used:1\n";
    assert.equal(command("show", "t"), head + line);
    assert.equal(command("show", "t key 127.0.0.1"), head + line);
    assert.equal(command("show", "t data.server_id lt 0"), head + line);
    assert.equal(command("show", "t data.server_id gt 0"), head);
    assert.equal(
      command("show", "t", false),
      `${head}# contents not dumped due to insufficient privileges\n`,
    );
    assert.equal(command("show", "u"), "No such table\n");
    assert.equal(
      command("show", "t data.gpc1 eq 0"),
      "Filter entry #1: Data type not stored in this table\n",
    );
    assert.equal(command("set", "t key x"), "Invalid key\n");
    assert.equal(command("clear", "t data.server_id eq 5"), "");
    assert.equal(table.used, 1);
    assert.equal(command("clear", "t"), "");
    assert.equal(table.used, 0);
  });

  test("samples become keys by the table's type", () => {
    const keys = (type: StickTable["type"], ...samples: Sample[]) => {
      const table = new Table(settings({ type, keyLength: 4 }), new SharedMemory());
      return samples.map((sample) => table.key(sample));
    };
    const mapped: Sample = { type: "ipv6", value: "::ffff:10.1.2.3" };
    assert.deepEqual(keys("ip", text("10.1.2.3"), mapped, { type: "sint", value: 1 }, text("x")), [
      "10.1.2.3",
      "10.1.2.3",
      "0.0.0.1",
      undefined,
    ]);
    assert.deepEqual(keys("ipv6", { type: "ipv4", value: "10.1.2.3" }, text("2001:DB8:0:0::1")), [
      "::ffff:10.1.2.3",
      "2001:db8::1",
    ]);
    assert.deepEqual(keys("integer", text("-1"), { type: "ipv4", value: "1.2.3.4" }, text("")), [
      4294967295,
      0x01020304,
      undefined,
    ]);
    assert.deepEqual(keys("string", text("abcdef"), { type: "bool", value: true }), ["abcd", "1"]);
    assert.deepEqual(keys("binary", text("ab"), { type: "bin", value: Buffer.from("abcdef") }), [
      Buffer.from("ab\0\0"),
      Buffer.from("abcd"),
    ]);
  });
}
