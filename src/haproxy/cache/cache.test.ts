import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cache as CacheSection } from "../../config/haproxy/model/index.js";
import {
  type BodyLength,
  type BodySink,
  Headers,
  type RequestHead,
  type ResponseHead,
  SharedMemory,
} from "../../proxy/index.js";
import type { ProxyRun, ServiceCall, StreamRun } from "../run/index.js";
import { BlockStore } from "./block-store.js";
import { Cache, showCaches } from "./index.js";

const section = (changes: Partial<CacheSection> = {}): CacheSection => ({
  name: "c",
  totalMaxSize: 3 << 20,
  maxObjectSize: 3072,
  maxAgeSeconds: 20,
  processVary: true,
  maxSecondaryEntries: 2,
  place: { file: "f", line: 1, column: 1 },
  ...changes,
});

interface Answer {
  readonly head: ResponseHead;
  readonly length: BodyLength;
  readonly body: string;
}

/** A client, the cache, and a server behind it: `origin` is what the server answers, undefined where the cache is to have it. */
class Bench {
  now = Date.parse("2026-11-21T10:00:00Z");
  readonly cache: Cache;
  constructor(changes: Partial<CacheSection> = {}) {
    this.cache = new Cache(section(changes), new SharedMemory(), 15_000, () => this.now);
  }
  ask(
    fields: Record<string, string>,
    origin: { fields: Record<string, string>; body?: string; status?: number } | undefined,
    request: Partial<RequestHead> = {},
  ): Answer | "origin" | "missing" {
    const head: RequestHead = {
      method: "GET",
      target: "/",
      version: "1.1",
      headers: new Headers(["host", ...Object.keys(fields)], ["h", ...Object.values(fields)]),
      scheme: undefined,
      authority: undefined,
      ...request,
    };
    const proxy = {} as ProxyRun;
    const stream = { frontend: proxy, backend: proxy, http: { request: head } } as StreamRun;
    const service = this.cache.use(stream, proxy);
    if (service !== undefined) {
      let answer: Omit<Answer, "body"> | undefined;
      const pieces: Buffer[] = [];
      const sink: BodySink = {
        write: (bytes) => pieces.push(Buffer.from(bytes)) > 0,
        end: () => undefined,
        onDrain: () => undefined,
      };
      service.serve({
        stream,
        request: head,
        respond: (found: ResponseHead, length: BodyLength) => {
          answer = { head: found, length };
          return sink;
        },
      } as ServiceCall);
      assert.notEqual(answer, undefined);
      return { ...(answer as Omit<Answer, "body">), body: Buffer.concat(pieces).toString() };
    }
    if (origin === undefined) return "missing";
    const body = origin.body ?? "";
    const response: ResponseHead = {
      status: origin.status ?? 200,
      reason: "OK",
      version: "1.1",
      headers: new Headers(Object.keys(origin.fields), Object.values(origin.fields)),
    };
    const writer = this.cache.store(stream, response, body.length);
    for (let at = 0; at < body.length; at += 700) writer?.write(Buffer.from(body.slice(at, at + 700)));
    writer?.end(true);
    return "origin";
  }
}

const fresh = { "cache-control": "max-age=5" };

test("an answer is stored, served with its age, and expires", () => {
  const bench = new Bench();
  assert.equal(bench.ask({}, { fields: { ...fresh, etag: '"1"' }, body: "x".repeat(2500) }), "origin");
  bench.now += 3000;
  const hit = bench.ask({}, undefined) as Answer;
  assert.equal(hit.body, "x".repeat(2500));
  assert.deepEqual([hit.head.status, hit.length, hit.head.headers.get("age")], [200, 2500, "3"]);
  assert.equal((bench.ask({}, undefined, { method: "HEAD" }) as Answer).body, "");
  const same = bench.ask({ "if-none-match": 'W/"1"' }, undefined) as Answer;
  assert.deepEqual([same.head.status, same.body, same.head.headers.get("etag")], [304, "", '"1"']);
  const since = { "if-modified-since": "Sat, 21 Nov 2026 10:00:00 GMT" };
  assert.equal((bench.ask(since, undefined) as Answer).head.status, 304);
  const older = { "if-modified-since": "Sat, 21 Nov 2026 09:59:59 GMT" };
  assert.equal((bench.ask(older, undefined) as Answer).head.status, 200);
  assert.match(
    showCaches([bench.cache], bench.now / 1000),
    /^0x1: c \(shctx:0x1, available blocks:3072\)\n0x1 hash:\d+ vary:0x0{16} size:\d+ \(3 blocks\), refcount:0, expire:2\n$/,
  );
  bench.now += 2000;
  assert.equal(bench.ask({}, undefined), "missing");
});

test("what may not be stored isn't", () => {
  const stored = (
    answer: Record<string, string>,
    asked: Record<string, string> = {},
    more: { status?: number; body?: string; request?: Partial<RequestHead> } = {},
  ) => {
    const bench = new Bench();
    bench.ask(asked, { fields: answer, ...more }, more.request);
    return bench.ask({}, undefined) !== "missing";
  };
  assert.equal(stored(fresh), true);
  assert.equal(stored({ "cache-control": "s-maxage=5" }), true);
  assert.equal(stored({ expires: "Sat, 21 Nov 2026 10:01:00 GMT" }), true);
  assert.equal(stored({ expires: "Sat, 21 Nov 2026 09:01:00 GMT" }), false);
  assert.equal(stored({ "last-modified": "Thu, 22 Oct 2020 16:51:12 GMT" }), true);
  assert.equal(stored({}), false);
  assert.equal(stored({ ...fresh, age: "6" }), false);
  assert.equal(stored({ ...fresh, age: "2" }), true);
  assert.equal(stored({ ...fresh, age: "x" }), false);
  assert.equal(stored({ "cache-control": "max-age=-1" }), false);
  assert.equal(stored({ "cache-control": "private, max-age=5" }), false);
  assert.equal(stored({ ...fresh, pragma: "no-cache" }), false);
  assert.equal(stored({ ...fresh, vary: "cookie" }), false);
  assert.equal(stored(fresh, {}, { status: 404 }), false);
  assert.equal(stored(fresh, {}, { body: "x".repeat(3100) }), false);
  assert.equal(stored(fresh, { authorization: "Basic eDp5" }), false);
  assert.equal(stored(fresh, { "cache-control": "no-store" }), false);
  assert.equal(stored(fresh, {}, { request: { method: "POST" } }), false);
  assert.equal(stored(fresh, {}, { request: { version: "1.0" } }), false);
});

test("answers that vary are given to those whom they fit", () => {
  const bench = new Bench();
  const vary = { ...fresh, vary: "accept-encoding,referer" };
  bench.ask(
    { "accept-encoding": "br, gzip", referer: "r" },
    { fields: { ...vary, "content-encoding": "gzip" }, body: "a" },
  );
  bench.ask(
    { "accept-encoding": "br", referer: "o" },
    { fields: { ...vary, "content-encoding": "br" }, body: "b" },
  );
  const asks = (encodings: string, referer: string) =>
    bench.ask({ "accept-encoding": encodings, referer }, undefined);
  assert.equal((asks("gzip;q=0.5, deflate", "r") as Answer).body, "a");
  assert.equal((asks("br", "o") as Answer).body, "b");
  assert.equal(asks("gzip", "o"), "missing");
  assert.equal(asks("gzip;q=0, br", "r"), "missing");
  assert.equal((asks("*", "r") as Answer).body, "a");
  // There are as many as there may be of one URI.
  bench.ask({ "accept-encoding": "gzip", referer: "p" }, { fields: { ...vary, "content-encoding": "gzip" } });
  assert.equal(asks("gzip", "p"), "missing");
});

test("a successful POST makes what is stored invalid", () => {
  const bench = new Bench();
  bench.ask({}, { fields: fresh, body: "a" });
  bench.ask({}, { fields: {}, status: 500 }, { method: "POST" });
  assert.equal((bench.ask({}, undefined) as Answer).body, "a");
  bench.ask({}, { fields: {} }, { method: "POST" });
  assert.equal(bench.ask({}, undefined), "missing");
});

test("blocks are never lost, nor given twice, and what is in use stays", () => {
  const command = fc.record({
    do: fc.constantFrom("store", "hold", "release", "forget"),
    key: fc.integer({ min: 1, max: 9 }),
    bytes: fc.integer({ min: 1, max: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      const store = new BlockStore(new SharedMemory(), "c", 20 * 1024, 10_000);
      const hash = (key: number) => new Int32Array(5).fill(key);
      const model = new Map<number, { object: number; content: Buffer; users: number }>();
      const held: { object: number; content: Buffer; key: number }[] = [];
      for (const { do: what, key, bytes } of commands) {
        store.locked(() => {
          const [object] = store.find(hash(key));
          if (what === "store" && object === undefined) {
            const made = store.create(hash(key));
            if (made === 0) return;
            const content = Buffer.alloc(bytes, key);
            if (store.reserve(made, bytes)) {
              for (let at = 0; at < bytes; at += 900) store.append(made, content.subarray(at, at + 900));
              model.set(key, { object: made, content, users: 0 });
            } else store.unindex(made);
            store.release(made);
          } else if (what === "hold" && object !== undefined) {
            store.acquire(object);
            held.push({ object, content: (model.get(key) as { content: Buffer }).content, key });
          } else if (what === "release") {
            const last = held.pop();
            if (last !== undefined) store.release(last.object);
          } else if (what === "forget" && object !== undefined) store.unindex(object);
        });
        for (const each of held)
          assert.equal(Buffer.concat([...store.read(each.object, 0)]).equals(each.content), true);
      }
      for (const key of model.keys()) {
        const [object] = store.find(hash(key));
        if (object === undefined) continue;
        const content = Buffer.concat([...store.read(object, 0)]);
        assert.equal(content.equals((model.get(key) as { content: Buffer }).content), true);
      }
      for (const each of held.splice(0)) store.locked(() => store.release(each.object));
      assert.equal(store.available, store.blocks);
      store.locked(() => {
        const all = store.create(hash(99));
        assert.notEqual(all, 0);
        assert.equal(store.reserve(all, 10_000), true);
      });
    }),
    { numRuns: 200 },
  );
});
