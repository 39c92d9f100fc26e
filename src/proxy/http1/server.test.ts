import assert from "node:assert/strict";
import { test } from "node:test";
import { Headers } from "../http/headers.js";
import { serveHttp } from "../http/serve.js";
import { memoryWires } from "../testing/index.js";
import { echo, Listener, ok, Recorder, type Seen, settled, testOptions } from "../testing/talk.js";

function serve(answer: (seen: Seen) => void = echo, options = testOptions) {
  const [near, far] = memoryWires();
  const recorder = new Recorder(answer);
  serveHttp(far, options, recorder);
  return { client: new Listener(near), near, recorder };
}

const answer = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

test("requests one after the other, and pipelined ones, are answered in their order", async () => {
  const { client, near, recorder } = serve();
  near.write("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
  await settled();
  assert.equal(client.take(), answer("GET /1 "));
  near.write(
    "POST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\n\r\nGET /4 HTTP/1.1\r\n\r\n",
  );
  await settled();
  assert.equal(client.take(), answer("POST /2 abc") + answer("GET /3 ") + answer("GET /4 "));
  assert.deepEqual(
    recorder.seen.map((each) => [each.exchange.number, each.finished]),
    [
      [1, true],
      [2, true],
      [3, true],
      [4, true],
    ],
  );
  near.end();
  await settled();
  assert.equal(recorder.closed, 1);
});

test("the same, one byte at a time", async () => {
  const { client, near } = serve();
  const text =
    "POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0a\r\n0123456789\r\n0\r\nT: 1\r\n\r\n";
  for (const each of text + text) near.write(each);
  await settled();
  assert.equal(client.take(), answer("POST /2 abc0123456789") + answer("POST /2 abc0123456789"));
});

test("trailers are given, those that would change framing aren't", async () => {
  const { near, recorder } = serve();
  near.write("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\nContent-Length: 7\r\n\r\n");
  await settled();
  assert.deepEqual(recorder.seen[0]?.trailers?.names, ["x-a"]);
});

test("wrong chunks break the body, and nothing behind them is a request", async () => {
  for (const chunks of [
    "x\r\n",
    "-1\r\n",
    "5\r\nabcdeX",
    "5 \r\r\n",
    "ffffffffffffffff\r\n",
    "0x5\r\n",
    "\r\n",
  ]) {
    const { near, recorder } = serve();
    near.write(
      `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n`,
    );
    await settled();
    assert.equal(recorder.seen.length, 1, chunks);
    assert.equal(recorder.seen[0]?.broken, "malformed", chunks);
    recorder.seen[0]?.exchange.respond(ok({}, 400), 0);
    await settled();
    assert.equal(recorder.seen.length, 1, chunks);
  }
});

test("what isn't a request is told with its place and its bytes, and the connection ends", async () => {
  const { client, near, recorder } = serve();
  near.write("GET / HTTP/1.1\r\nA b: 1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  await settled();
  const [bad] = recorder.bad;
  assert.deepEqual([bad?.kind, bad?.status, bad?.position], ["malformed", 400, 17]);
  assert.match(bad?.bytes.toString() ?? "", /^GET \/ HTTP/);
  assert.match(client.text, /^HTTP\/1.1 400 /);
  assert.ok(client.ended);
  assert.equal(recorder.seen.length, 0);
});

test("a head that is too large, too slow, or cut off by the end", async () => {
  const large = serve();
  large.near.write(`GET / HTTP/1.1\r\nA: ${"x".repeat(20_000)}`);
  await settled();
  assert.equal(large.recorder.bad[0]?.reason, "the head is too large");

  const many = serve();
  many.near.write(`GET / HTTP/1.1\r\n${"A: x\r\n".repeat(102)}\r\n`);
  await settled();
  assert.equal(many.recorder.bad[0]?.reason, "too many header fields");

  const cut = serve();
  cut.near.write("GET / HT");
  cut.near.end();
  await settled();
  assert.deepEqual([cut.recorder.bad[0]?.kind, cut.recorder.closed], ["closed", 1]);

  const behind = serve();
  behind.near.write("GET / HTTP/1.1\r\n\r\nGET / HT");
  behind.near.end();
  await settled();
  assert.equal(behind.recorder.seen.length, 1);
  assert.deepEqual([behind.recorder.bad[0]?.kind, behind.recorder.closed], ["closed", 1]);

  const silent = serve();
  silent.near.end();
  await settled();
  assert.equal(silent.recorder.bad[0]?.kind, "silent");

  const slow = serve(echo, { ...testOptions, headTimeoutMs: 20 });
  slow.near.write("GET / HT");
  await new Promise<void>((done) => {
    const { onBadRequest } = slow.recorder;
    slow.recorder.onBadRequest = (bad) => {
      onBadRequest.call(slow.recorder, bad);
      done();
    };
  });
  assert.deepEqual([slow.recorder.bad[0]?.kind, slow.recorder.bad[0]?.status], ["timeout", 408]);
});

test("an idle connection is closed without a word", async () => {
  const { client, near, recorder } = serve(echo, { ...testOptions, idleTimeoutMs: 20 });
  near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  client.take();
  while (!client.ended) await new Promise((done) => setTimeout(done, 5));
  assert.equal(client.take(), "");
  assert.equal(recorder.bad.length, 0);
});

test("connection: close, HTTP/1.0 with and without keep-alive", async () => {
  const close = serve();
  close.near.write("GET / HTTP/1.1\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(close.client.text, `HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\nGET / `);
  assert.ok(close.client.ended);
  assert.equal(close.recorder.seen.length, 1);

  const old = serve();
  old.near.write("GET / HTTP/1.0\r\n\r\n");
  await settled();
  assert.ok(old.client.ended);

  const kept = serve();
  kept.near.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  await settled();
  assert.match(kept.client.text, /\r\nconnection: keep-alive\r\n/);
  assert.ok(!kept.client.ended);
});

test("HEAD, 204 and 304 have no body, whatever is written", async () => {
  const { client, near } = serve((seen) => {
    const status = Number(seen.exchange.request.target.slice(1));
    const sink = seen.exchange.respond(ok({ "content-length": "9" }, status), 9);
    sink.write(Buffer.from("123456789"));
    sink.end();
  });
  near.write(
    "HEAD /200 HTTP/1.1\r\n\r\nGET /204 HTTP/1.1\r\n\r\nGET /304 HTTP/1.1\r\n\r\nGET /200 HTTP/1.1\r\n\r\n",
  );
  await settled();
  assert.equal(
    client.text,
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nHTTP/1.1 204 OK\r\n\r\nHTTP/1.1 304 OK\r\ncontent-length: 9\r\n\r\n" +
      "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789",
  );
});

test("chunks go out as chunks, to HTTP/1.0 without them; trailers follow", async () => {
  const chunked = (seen: Seen) => {
    const sink = seen.exchange.respond(ok(), "chunked");
    sink.write(Buffer.from("ab"));
    sink.write(Buffer.from("c"));
    sink.end(new Headers(["x-t"], ["1"]));
  };
  const { client, near } = serve(chunked);
  near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(
    client.text,
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nx-t: 1\r\n\r\n",
  );
  const old = serve(chunked);
  old.near.write("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  await settled();
  assert.equal(old.client.text, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc");
  assert.ok(old.client.ended);
});

test("no more is sent than was said, and less ends the connection", async () => {
  const more = serve((seen) => {
    const sink = seen.exchange.respond(ok(), 2);
    sink.write(Buffer.from("abc"));
    sink.end();
  });
  more.near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(more.client.take(), answer("ab"));
  const less = serve((seen) => {
    const sink = seen.exchange.respond(ok(), 5);
    sink.write(Buffer.from("abc"));
    sink.end();
  });
  less.near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.ok(less.client.ended);
  assert.equal(less.recorder.closed, 1);
});

test("100 Continue, 103, and an answer before the body", async () => {
  const { client, near, recorder } = serve();
  near.write("POST / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  await settled();
  const { exchange } = recorder.seen[0] as Seen;
  assert.ok(exchange.expectsContinue);
  exchange.inform(ok({}, 100));
  exchange.inform(ok({ link: "</a>" }, 103));
  await settled();
  assert.equal(client.take(), "HTTP/1.1 100 OK\r\n\r\nHTTP/1.1 103 OK\r\nlink: </a>\r\n\r\n");
  near.write("abc");
  await settled();
  assert.equal(client.take(), answer("POST / abc"));

  const early = serve(() => {});
  early.near.write("POST / HTTP/1.1\r\nContent-Length: 300\r\n\r\nabc");
  await settled();
  const { seen } = early.recorder;
  const sink = seen[0]?.exchange.respond(ok({}, 413), 0);
  sink?.end();
  await settled();
  assert.match(early.client.text, /^HTTP\/1.1 413 /);
  assert.ok(early.client.ended);
});

test("a request that is read on after its answer, and the one behind it", async () => {
  const { client, near, recorder } = serve(() => {});
  near.write("POST /1 HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc");
  await settled();
  const [first] = recorder.seen;
  first?.exchange.respond(ok({}, 413), 0, { readsOn: true });
  await settled();
  assert.equal(client.take(), "HTTP/1.1 413 OK\r\ncontent-length: 0\r\n\r\n");
  assert.equal(first?.finished, false);
  near.write("defGET /2 HTTP/1.1\r\n\r\n");
  await settled();
  assert.deepEqual([first?.finished, first?.body], [true, "abcdef"]);
  assert.equal(recorder.seen[1]?.exchange.request.target, "/2");
  assert.ok(!client.ended);

  const closing = serve(() => {});
  closing.near.write("POST /1 HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc");
  await settled();
  closing.recorder.seen[0]?.exchange.respond(ok(), 0, { close: true, readsOn: true });
  await settled();
  assert.match(closing.client.text, /\r\nconnection: close\r\n/);
  assert.ok(!closing.client.ended);
  closing.near.write("def");
  await settled();
  assert.ok(closing.client.ended);
});

test("an upgrade and CONNECT give the stream itself, with what came behind the head", async () => {
  for (const [head, wanted] of [
    ["GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n", "foo"],
    ["CONNECT a:1 HTTP/1.1\r\n\r\n", "a:1"],
  ] as const) {
    const { client, near, recorder } = serve((seen) => {
      const { exchange } = seen;
      assert.equal(exchange.upgrade, wanted);
      exchange.respond(wanted === "foo" ? ok({ connection: "upgrade", upgrade: "foo" }, 101) : ok(), 0);
      const wire = exchange.tunnel();
      wire.handler = {
        onData: (bytes) => void wire.write(bytes.toString().toUpperCase()),
        onEnd: () => wire.end(),
        onDrain() {},
        onClose() {},
      };
      wire.resume();
    });
    near.write(`${head}GET /`);
    await settled();
    near.write(" more");
    await settled();
    assert.ok(client.text.endsWith("\r\n\r\nGET / MORE"), client.text);
    assert.doesNotMatch(client.text, /content-length|transfer-encoding/);
    near.end();
    await settled();
    assert.ok(client.ended);
    assert.equal(recorder.closed, 1);
    assert.equal(recorder.seen.length, 1);
  }
});

test("a client that leaves is told of, one that only sends no more is answered", async () => {
  const half = serve(() => {});
  half.near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  half.near.end();
  await settled();
  const [seen] = half.recorder.seen;
  assert.equal(seen?.gone, "half-closed");
  echo(seen as Seen);
  await settled();
  assert.equal(half.client.text.slice(-6), "GET / ");

  const gone = serve(() => {});
  gone.near.write("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
  await settled();
  gone.near.destroy(true);
  await settled();
  assert.deepEqual(
    [gone.recorder.seen[0]?.gone, gone.recorder.seen[0]?.broken, gone.recorder.seen[0]?.finished],
    ["closed", "aborted", true],
  );
  assert.equal(gone.recorder.closed, 1);
});

test("fields can't carry line ends into another message", async () => {
  const { client, near } = serve((seen) => {
    seen.exchange.respond(ok({ "x-a": "1\r\nx-b: 2\0", location: "/\n\n" }), 0);
  });
  near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(
    client.text,
    "HTTP/1.1 200 OK\r\nx-a: 1  x-b: 2 \r\nlocation: /  \r\ncontent-length: 0\r\n\r\n",
  );
});

test("an answer that is a whole message", async () => {
  const { client, near } = serve((seen) => {
    seen.exchange.respondRaw(Buffer.from("HTTP/1.0 503 No\r\n\r\nno"), true);
  });
  near.write("GET / HTTP/1.1\r\n\r\n");
  await settled();
  assert.equal(client.text, "HTTP/1.0 503 No\r\n\r\nno");
  assert.ok(client.ended);
});
