import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientRequest } from "../http/exchange.js";
import { Headers } from "../http/headers.js";
import type { BodyLength, RequestHead } from "../http/message.js";
import { openHttp } from "../http/open.js";
import { Pool } from "../http/pool.js";
import { memoryWires } from "../testing/index.js";
import { Listener, settled, testOptions } from "../testing/talk.js";

function open() {
  const [near, far] = memoryWires();
  const connection = openHttp(near, testOptions, "h1");
  return { connection, server: new Listener(far), far };
}

const head = (method = "GET", fields: Record<string, string> = {}): RequestHead => ({
  method,
  target: "/",
  version: "1.1",
  headers: new Headers(Object.keys(fields), Object.values(fields)),
  scheme: undefined,
  authority: undefined,
});

/** Asks, and tells in words what happens. */
function ask(
  connection: ReturnType<typeof open>["connection"],
  how: RequestHead = head(),
  length: BodyLength = 0,
) {
  const told: string[] = [];
  let body = "";
  const request: ClientRequest = connection.request(how, length, {
    onInform: (each) => told.push(`inform ${each.status}`),
    onFailed: (why, detail) => told.push(`failed ${why} ${detail?.position ?? ""}`.trim()),
    onResponse: (each, source) => {
      told.push(`${each.status} ${source.length}`);
      source.handler = {
        onData: (bytes) => {
          body += bytes.toString();
        },
        onEnd: (trailers) => told.push(`end ${body}${trailers ? ` ${trailers.names}` : ""}`),
        onBroken: (why) => told.push(`broken ${why} ${body}`),
      };
      source.resume();
    },
  });
  return { told, request };
}

test("answers of every framing, and the connection is idle again where it may be", async () => {
  const cases: [string, string, string[], boolean][] = [
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ["200 3", "end abc"], true],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ["200 0", "end "], true],
    [
      "GET",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n",
      ["200 chunked", "end abc t"],
      true,
    ],
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", ["200 0", "end "], true],
    ["GET", "HTTP/1.1 304 Same\r\nContent-Length: 3\r\n\r\n", ["304 0", "end "], true],
    [
      "GET",
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: a\r\n\r\nHTTP/1.1 204 N\r\n\r\n",
      ["inform 100", "inform 103", "204 0", "end "],
      true,
    ],
    ["GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", ["200 1", "end a"], false],
    ["GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", ["200 1", "end a"], false],
    [
      "GET",
      "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na",
      ["200 1", "end a"],
      true,
    ],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", ["200 1", "end a"], false],
  ];
  for (const [method, text, wanted, idle] of cases)
    for (let cut = 0; cut <= text.length; cut++) {
      const { connection, far } = open();
      let idles = 0;
      connection.onIdle = () => idles++;
      const { told } = ask(connection, head(method));
      far.write(text.slice(0, cut));
      far.write(text.slice(cut));
      await settled();
      assert.deepEqual(told, wanted, `${text} cut at ${cut}`);
      // Bytes that nobody asked for make it useless, whether they come with the answer or behind it.
      assert.deepEqual([connection.available, idles > 0 || !idle], [idle, true], text);
    }
});

test("an answer until the end, one that is cut off, and none", async () => {
  const tell = async (text: string, reset = false) => {
    const { connection, far } = open();
    const { told } = ask(connection);
    await settled();
    if (text !== "") far.write(text);
    await settled();
    if (reset) far.destroy(true);
    else far.end();
    await settled();
    return told;
  };
  assert.deepEqual(await tell("HTTP/1.1 200 OK\r\n\r\nabc"), ["200 close", "end abc"]);
  assert.deepEqual(await tell("HTTP/1.1 200 OK\r\n\r\nabc", true), ["200 close", "broken aborted abc"]);
  assert.deepEqual(await tell("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"), [
    "200 5",
    "broken aborted abc",
  ]);
  assert.deepEqual(await tell("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"), [
    "200 chunked",
    "broken aborted abc",
  ]);
  assert.deepEqual(await tell("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx"), [
    "200 chunked",
    "broken malformed ",
  ]);
  assert.deepEqual(await tell(""), ["failed empty"]);
  assert.deepEqual(await tell("", true), ["failed empty"]);
  assert.deepEqual(await tell("HTTP/1.1 2"), ["failed reset 10"]);
  assert.deepEqual(await tell("hello\r\n\r\n"), ["failed malformed 0"]);
});

test("requests are written so that they can be read in one way only", async () => {
  const { connection, server, far } = open();
  const { request } = ask(
    connection,
    head("POST", { host: "a", "content-length": "77", "transfer-encoding": "gzip", connection: "close, x" }),
    "chunked",
  );
  request.sink.write(Buffer.from("abc"));
  request.sink.end(new Headers(["t"], ["1"]));
  await settled();
  assert.equal(
    server.take(),
    "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nconnection: x\r\n\r\n3\r\nabc\r\n0\r\nt: 1\r\n\r\n",
  );
  far.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  await settled();
  ask(connection, { ...head("GET", { host: "a" }), target: "http://b/x\r\ny", version: "2.0" });
  await settled();
  assert.equal(server.take(), "GET /x  y HTTP/1.1\r\nhost: a\r\n\r\n");
});

test("a server's answer before the request is sent wholly", async () => {
  const { connection, far } = open();
  const { told, request } = ask(connection, head("POST"), 10);
  request.sink.write(Buffer.from("abc"));
  await settled();
  far.write("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
  await settled();
  assert.deepEqual(told, ["413 0", "end "]);
  assert.equal(connection.available, false);
  request.sink.write(Buffer.from("defghij"));
  request.sink.end();
  assert.equal(connection.available, true);

  // Its last answer on this connection: the rest is still wanted.
  const last = open();
  const asked = ask(last.connection, head("POST"), 6);
  asked.request.sink.write(Buffer.from("abc"));
  last.far.write("HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  await settled();
  last.far.end();
  await settled();
  assert.ok(!last.connection.destroyed);
  asked.request.sink.write(Buffer.from("def"));
  asked.request.sink.end();
  await settled();
  assert.ok(last.server.text.endsWith("abcdef") && last.connection.destroyed);
  assert.deepEqual(asked.told, ["413 0", "end "]);

  const reset = open();
  const cut = ask(reset.connection, head("POST"), 6);
  reset.far.write("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
  await settled();
  reset.far.destroy(true);
  await settled();
  assert.deepEqual(cut.told, ["413 0", "end ", "failed reset"]);
});

test("a pool gives out what is idle, and forgets what the server closes", async () => {
  const pool = new Pool({ maxIdle: 1, purgeDelayMs: 0, maxReuse: -1 });
  const first = open();
  const second = open();
  const owner = {};
  pool.add("k", first.connection);
  pool.add("k", second.connection, owner);
  assert.equal(pool.used, 2);
  for (const each of [first, second]) {
    ask(each.connection);
    each.far.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  }
  await settled();
  assert.deepEqual([pool.idle, pool.used], [1, 0]); // the second was one too many
  assert.equal(pool.take("other"), undefined);
  assert.equal(pool.take("k"), first.connection);
  assert.equal(pool.take("k"), undefined);
  ask(first.connection);
  first.far.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  await settled();
  assert.equal(pool.idle, 1);
  first.far.end();
  await settled();
  assert.deepEqual([pool.idle, pool.used], [0, 0]);
});
