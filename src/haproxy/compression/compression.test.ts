import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { Compression, Global } from "../../config/haproxy/model/index.js";
import {
  type BodySink,
  Headers,
  type RequestHead,
  type ResponseHead,
  SharedMemory,
} from "../../proxy/index.js";
import type { ProxyRun, StreamRun } from "../run/index.js";
import { chooseAlgorithm } from "./choose.js";
import { CompressionFilter, CompressionLimits } from "./index.js";

const settings = (...algorithms: Compression["algorithms"]): Compression => ({
  algorithms,
  types: ["text/"],
  offload: false,
});
const request = (fields: Record<string, string>, changes: Partial<RequestHead> = {}): RequestHead => ({
  method: "GET",
  target: "/",
  version: "1.1",
  headers: new Headers(Object.keys(fields), Object.values(fields)),
  scheme: undefined,
  authority: undefined,
  ...changes,
});
const response = (fields: Record<string, string>, changes: Partial<ResponseHead> = {}): ResponseHead => ({
  status: 200,
  reason: "OK",
  version: "1.1",
  headers: new Headers(Object.keys(fields), Object.values(fields)),
  ...changes,
});
const limits = (changes: Partial<Global> = {}) =>
  new CompressionLimits(
    { maxCompRate: 0, maxZlibMem: 0, maxCompCpuUsage: 100, ...changes } as Global,
    new SharedMemory(),
    () => 1000,
  );

function streamWith(compression: Compression): StreamRun {
  const proxy = { section: { compression } } as ProxyRun;
  return { frontend: proxy, backend: proxy, http: {} } as StreamRun;
}

/** Takes two pieces at a time, then makes the writer wait. */
class SlowSink implements BodySink {
  onDrain: () => void = () => undefined;
  readonly pieces: Buffer[] = [];
  readonly ended: Promise<Buffer>;
  #resolve: (all: Buffer) => void = () => undefined;
  constructor() {
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
  write(bytes: Uint8Array): boolean {
    this.pieces.push(Buffer.from(bytes));
    if (this.pieces.length % 2 !== 0) return true;
    setImmediate(() => this.onDrain());
    return false;
  }
  end(): void {
    this.#resolve(Buffer.concat(this.pieces));
  }
}

test("the algorithm is the one the client likes best", () => {
  const all = settings("gzip", "deflate");
  const chosen = (value: string, of = all) => chooseAlgorithm(of, request({ "accept-encoding": value }));
  assert.equal(chosen("*;q=0, gzip;q=0.750, deflate;q=0.500"), "gzip");
  assert.equal(chosen("*;q=0, gzip;q=0.500, deflate;q=0.750"), "deflate");
  assert.equal(chosen("*"), "deflate");
  assert.equal(chosen("br, GZIP"), "gzip");
  assert.equal(chosen("gzip;q=0"), undefined);
  assert.equal(chosen("br", settings("gzip", "identity")), "identity");
  assert.equal(chosen("deflate", settings("raw-deflate")), "raw-deflate");
  const old = { "accept-encoding": "gzip", "user-agent": "Mozilla/4" };
  assert.equal(chooseAlgorithm(all, request(old)), undefined);
});

test("only what may be compressed is", () => {
  const compressed = (asked: RequestHead, head: ResponseHead, length: number | "chunked" | "close" = 10) => {
    const filter = new CompressionFilter(limits(), 1);
    const stream = streamWith(settings("gzip"));
    filter.onRequest(stream, asked);
    return filter.onResponse(stream, head, length) !== undefined;
  };
  const wants = request({ "accept-encoding": "gzip" });
  const text = { "content-type": "text/plain" };
  assert.equal(compressed(wants, response(text)), true);
  assert.equal(compressed(wants, response(text), "chunked"), true);
  assert.equal(compressed(wants, response({})), false);
  assert.equal(compressed(wants, response({ "content-type": "image/png" })), false);
  assert.equal(compressed(wants, response({ ...text, "cache-control": "max-age=5, no-transform" })), false);
  assert.equal(compressed(wants, response({ ...text, "content-encoding": "br" })), false);
  assert.equal(compressed(wants, response({ ...text, etag: 'W/"invalid' })), false);
  assert.equal(compressed(wants, response(text, { status: 400 })), false);
  assert.equal(compressed(wants, response(text, { version: "1.0" })), false);
  assert.equal(compressed(request({ "accept-encoding": "gzip" }, { version: "1.0" }), response(text)), false);
  assert.equal(compressed(request({ "accept-encoding": "gzip" }, { method: "HEAD" }), response(text)), false);
  assert.equal(compressed(wants, response(text), "close"), false);
});

test("a body comes out whole, however slowly it is taken", async () => {
  const inflate = { gzip: gunzipSync, deflate: inflateSync, "raw-deflate": inflateRawSync };
  for (const algorithm of ["gzip", "deflate", "raw-deflate"] as const) {
    const filter = new CompressionFilter(limits(), 1);
    const stream = streamWith(settings(algorithm));
    filter.onRequest(stream, request({ "accept-encoding": "gzip, deflate" }));
    const head = response({ "content-type": "text/plain", etag: '"1"', "content-length": "9" });
    const transform = filter.onResponse(stream, head, 9);
    const names = ["etag", "content-length", "vary", "content-encoding"].map((name) =>
      head.headers.get(name),
    );
    assert.deepEqual(names, [
      'W/"1"',
      undefined,
      "Accept-Encoding",
      algorithm === "gzip" ? "gzip" : "deflate",
    ]);
    const slow = new SlowSink();
    const body = transform?.body(slow) as BodySink;
    const sent: Buffer[] = [];
    for (let piece = 0; piece < 60; piece++) {
      const bytes = Buffer.from(`${piece} `.repeat(3000));
      sent.push(Buffer.from(bytes));
      const goesOn = body.write(bytes);
      bytes.fill(0); // the writer's bytes are his own again
      if (!goesOn) await new Promise<void>((resolve) => (body.onDrain = resolve));
    }
    body.end();
    const all = inflate[algorithm](await slow.ended);
    assert.equal(all.equals(Buffer.concat(sent)), true);
  }
});

test("limits let answers pass as they are", async () => {
  const few = limits({ maxZlibMem: 300_000 });
  assert.equal(few.begin(), true);
  assert.equal(few.begin(), false);
  few.end();
  assert.equal(few.begin(), true);
  const slow = limits({ maxCompRate: 1000 });
  slow.count(2000, 100);
  assert.equal(slow.begin(), false);
});
