import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as http2Connect } from "node:http2";
import { createServer, connect as netConnect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { Headers } from "../http/headers.js";
import { openHttp } from "../http/open.js";
import { serveHttp } from "../http/serve.js";
import { encodeV2 } from "../proxy-protocol/index.js";
import { echo, Listener, Recorder, testOptions } from "../testing/talk.js";
import { makeTlsClient, makeTlsServer } from "../tls/index.js";
import { connect } from "./connect.js";
import { corkUntilFlush } from "./flush.js";
import type { ConnectFailure, ConnectOptions, ListenHandler, ListenOptions, WireListener } from "./listen.js";
import { listen } from "./listener.js";
import { chooseWires } from "./loop.js";
import { relay } from "./relay.js";
import type { Wire } from "./wire.js";

const root = new URL("../../../../", import.meta.url).pathname;
const cert = readFileSync(join(root, "test/fixtures/tls/certificate.pem"), "utf8");
const key = readFileSync(join(root, "test/fixtures/tls/key.pem"), "utf8");
const quiet = { onAccept: () => true, onHandshakeFailed() {} };

function open(
  options: Partial<ListenOptions>,
  onWire: ListenHandler["onWire"],
  handler: Partial<ListenHandler> = {},
): Promise<WireListener & { port: number }> {
  const where = options.path === undefined && options.fd === undefined ? { host: "127.0.0.1", port: 0 } : {};
  return listen({ handshakeTimeoutMs: 5000, ...where, ...options }, { ...quiet, ...handler, onWire }).then(
    (listener) => Object.assign(listener, { port: listener.addresses[0]?.port ?? 0 }),
  );
}

function dial(options: Partial<ConnectOptions>): Promise<Wire> {
  return new Promise((onConnected, onFailed) =>
    connect({ timeoutMs: 5000, ...options }, { onConnected, onFailed }),
  );
}

const failure = (options: Partial<ConnectOptions>): Promise<ConnectFailure> =>
  dial(options).then(
    () => assert.fail("it connected"),
    (each: ConnectFailure) => each,
  );

/** Waits until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!isSo()) {
    assert.ok(Date.now() < end, `never: ${isSo}`);
    await new Promise((done) => setTimeout(done, 2));
  }
}

function echoWire(wire: Wire): void {
  wire.handler = {
    onData: (bytes) => {
      if (!wire.write(bytes)) wire.pause();
    },
    onEnd: () => wire.end(),
    onDrain: () => wire.resume(),
    onClose() {},
  };
  wire.resume();
}

for (const engine of ["epoll", "net"] as const) {
  const named = (what: string, body: () => Promise<void>) =>
    test(`${what} (${engine})`, async () => {
      chooseWires(engine);
      try {
        await body();
      } finally {
        chooseWires("epoll");
      }
    });

  named("bytes go both ways, FIN goes one way, and addresses are told", async () => {
    let accepted: Wire | undefined;
    const listener = await open({}, (wire) => {
      accepted = wire;
      echoWire(wire);
    });
    const wire = await dial({ host: "127.0.0.1", port: listener.port });
    const heard = new Listener(wire);
    wire.write("hello");
    await until(() => heard.text === "hello");
    assert.equal(accepted?.info.source.port, wire.info.source.port);
    assert.deepEqual(accepted?.info.destination, { host: "127.0.0.1", port: listener.port, family: 4 });
    wire.write("more");
    wire.end();
    await until(() => heard.closed);
    assert.deepEqual([heard.text, heard.ended, heard.error], ["hellomore", true, undefined]);
    assert.deepEqual([wire.bytesWritten, wire.bytesRead, accepted?.bytesRead], [9, 9, 9]);
    listener.close();
  });

  named("a reset is told with its code, of who doesn't read as well as of who does", async () => {
    const gone: (string | undefined)[] = [];
    const listener = await open({}, (wire) => {
      wire.handler = {
        onData() {},
        onEnd() {},
        onDrain() {},
        onClose: (error) => gone.push(error?.code),
      };
      wire.resume();
    });
    const socket = netConnect(listener.port, "127.0.0.1", () => socket.resetAndDestroy());
    await until(() => gone.length > 0);
    assert.deepEqual(gone, ["ECONNRESET"]);
    const wire = await dial({ host: "127.0.0.1", port: listener.port });
    wire.destroy(true);
    await until(() => gone.length > 1);
    assert.equal(gone[1], "ECONNRESET");
    listener.close();
  });

  named("what is put back comes first; corked writes keep their order", async () => {
    const listener = await open({}, (wire) => {
      wire.cork();
      wire.write("a");
      wire.write(Buffer.from("b"));
      wire.write(Buffer.alloc(20_000, "c"));
      wire.write("d");
      wire.uncork();
      wire.end();
      new Listener(wire); // who doesn't read never sees the peer's end
    });
    const wire = await dial({ host: "127.0.0.1", port: listener.port });
    wire.unshift(Buffer.from("first "));
    const heard = new Listener(wire);
    await until(() => heard.ended);
    assert.equal(heard.text, `first ab${"c".repeat(20_000)}d`);
    wire.end();
    await until(() => heard.closed);
    listener.close();
  });

  named("what many wires hold back in one turn comes whole and in order, to slow readers too", async () => {
    const count = 150;
    const wires: Wire[] = [];
    const listener = await open({}, (wire) => {
      new Listener(wire); // who doesn't read never sees the peer's end
      wires.push(wire);
    });
    const heard: Listener[] = [];
    const readers: Wire[] = [];
    for (let at = 0; at < count; at++) {
      const wire = await dial({ host: "127.0.0.1", port: listener.port });
      readers.push(wire);
      if (at > 0) heard[at] = new Listener(wire);
    }
    await until(() => wires.length === count);
    const sent = wires.map(() => "");
    for (let turn = 0; turn < 40; turn++) {
      // The first is given more than the kernel takes; parts are of a few bytes, and of more than go together.
      for (const [at, wire] of wires.entries())
        for (const length of at === 0 && turn === 0 ? [45_000_000] : [1 + ((at * 7 + turn) % 5000), 2]) {
          corkUntilFlush(wire);
          const text = String.fromCharCode(97 + ((at + turn) % 26)).repeat(length);
          sent[at] += text;
          wire.write(text);
        }
      await new Promise((done) => setImmediate(done));
    }
    assert.ok(wires[0]!.pendingBytes > 0, "nobody is slow");
    for (const wire of wires) wire.end();
    heard[0] = new Listener(readers[0]!);
    await until(() => heard.every(({ ended }) => ended));
    for (const [at, { text, bytes }] of heard.entries()) {
      assert.equal(bytes, sent[at]!.length, `wire ${at}`);
      assert.ok(sent[at]!.startsWith(text), `wire ${at}`);
    }
    for (const wire of readers) wire.end();
    await until(() => heard.every(({ closed }) => closed));
    listener.close();
  });

  named("200 MB through a relay to a slow reader: whole, and without being collected", async () => {
    const size = 200 * 1024 * 1024;
    const block = Buffer.alloc(1 << 20);
    for (let at = 0; at < block.length; at += 4) block.writeUInt32LE(at, at);
    const origin = createServer((socket) => {
      let left = size;
      const more = () => {
        while (left > 0) {
          left -= block.length;
          if (!socket.write(block)) return;
        }
        socket.end();
      };
      socket.on("drain", more);
      more();
    });
    await new Promise<void>((done) => origin.listen(0, "127.0.0.1", done));
    const { port } = origin.address() as { port: number };
    let closed = false;
    let counted = 0;
    const listener = await open({}, async (wire) => {
      const other = await dial({ host: "127.0.0.1", port });
      const passing = relay(wire, other, {
        onHalfClosed() {},
        onClosed: () => {
          closed = true;
          counted = passing.bytesFromB;
        },
      });
    });
    let received = 0;
    let wrong = 0;
    let most = 0;
    const before = process.memoryUsage();
    const used = () => {
      const now = process.memoryUsage();
      return now.external + now.heapUsed - before.external - before.heapUsed;
    };
    const socket = netConnect(listener.port, "127.0.0.1");
    await new Promise<void>((done) => {
      socket.on("data", (bytes: Buffer) => {
        for (let at = (4 - (received & 3)) & 3; at + 4 <= bytes.length; at += 4096)
          if (bytes.readUInt32LE(at) !== ((received + at) & (block.length - 1))) wrong++;
        const megabytes = received >> 23;
        received += bytes.length;
        if (received >> 23 === megabytes) return;
        most = Math.max(most, used());
        socket.pause();
        setTimeout(() => socket.resume(), 2);
      });
      socket.on("end", done);
    });
    socket.destroy();
    await until(() => closed);
    assert.deepEqual([received, wrong, counted], [size, 0, size]);
    assert.ok(most < 64 << 20, `${most >> 20} MB`);
    listener.close();
    origin.close();
  });

  named("a relay passes half-closes on, and one side's reset closes the other", async () => {
    const peers: Socket[] = [];
    const origin = createServer({ allowHalfOpen: true }, (socket) => peers.push(socket));
    await new Promise<void>((done) => origin.listen(0, "127.0.0.1", done));
    const { port } = origin.address() as { port: number };
    const told: string[] = [];
    const listener = await open({}, async (wire) => {
      relay(
        wire,
        await dial({ host: "127.0.0.1", port }),
        {
          onHalfClosed: (side) => told.push(`half ${side}`),
          onClosed: (result) => told.push(`closed ${result.by} ${result.error?.code}`),
        },
        { fromA: Buffer.from("seen before ") },
      );
    });
    const client = netConnect({ port: listener.port, host: "127.0.0.1", allowHalfOpen: true });
    client.end("ping");
    await until(() => peers.length === 1);
    const [peer] = peers as [Socket];
    let text = "";
    peer.on("data", (bytes) => (text += bytes));
    await new Promise((done) => peer.on("end", done));
    assert.equal(text, "seen before ping");
    let answer = "";
    client.on("data", (bytes) => (answer += bytes));
    peer.end("pong");
    await new Promise((done) => client.on("close", done));
    assert.equal(answer, "pong");
    await until(() => told.length === 3);
    assert.deepEqual(told, ["half a", "half b", "closed b undefined"]);

    told.length = 0;
    const second = netConnect({ port: listener.port, host: "127.0.0.1" });
    second.on("error", () => {});
    await until(() => peers.length === 2);
    peers[1]?.on("error", () => {});
    peers[1]?.resetAndDestroy();
    await new Promise((done) => second.on("close", done));
    await until(() => told.length === 1);
    assert.deepEqual(told, ["closed b ECONNRESET"]);
    listener.close();
    origin.close();
  });

  named("a paused listener lets connections wait, and a refused one is closed", async () => {
    let wires = 0;
    let wanted = true;
    const listener = await open(
      {},
      (wire) => {
        wires++;
        echoWire(wire);
      },
      { onAccept: () => wanted },
    );
    listener.pause();
    const heard = new Listener(await dial({ host: "127.0.0.1", port: listener.port }));
    heard.wire.write("waits");
    await new Promise((done) => setTimeout(done, 30));
    assert.equal(wires, 0);
    listener.resume();
    await until(() => heard.text === "waits");
    heard.wire.destroy();
    wanted = false;
    const refused = new Listener(await dial({ host: "127.0.0.1", port: listener.port }));
    await until(() => refused.ended || refused.closed);
    refused.wire.destroy();
    assert.equal(wires, 1);
    listener.close();
  });

  named("Unix sockets with and without a file; failures say their step and code", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rondo-wire-"));
    const path = join(folder, "s");
    const listener = await open({ path }, echoWire);
    const heard = new Listener(await dial({ path }));
    heard.wire.write("unix");
    await until(() => heard.text === "unix");
    heard.wire.destroy();
    listener.close();
    assert.equal(existsSync(path), false);
    if (engine === "epoll") {
      const abstract = `\0rondo-wire-${process.pid}`;
      const other = await open({ path: abstract }, echoWire);
      const also = new Listener(await dial({ path: abstract }));
      also.wire.write("abstract");
      await until(() => also.text === "abstract");
      also.wire.destroy();
      other.close();
    }
    const missing = await failure({ path: join(folder, "none") });
    assert.equal(missing.code, "ENOENT");
    const closed = await open({}, echoWire);
    closed.close();
    await new Promise((done) => setTimeout(done, 5));
    const refused = await failure({ host: "127.0.0.1", port: closed.port });
    assert.deepEqual([refused.step, refused.code, refused.timedOut], ["connect", "ECONNREFUSED", false]);
    const local = await failure({ host: "127.0.0.1", port: closed.port, localAddress: "203.0.113.7" });
    assert.equal(local.step, "local");
    await assert.rejects(
      async () => {
        const taken = await open({}, echoWire);
        try {
          await open({ host: "127.0.0.1", port: taken.port }, echoWire);
        } finally {
          taken.close();
        }
      },
      { code: "EADDRINUSE" },
    );
    rmSync(folder, { recursive: true });
  });

  named("the PROXY protocol, alone and before TLS; a wrong head is told", async () => {
    const failed: string[] = [];
    const source = { host: "192.0.2.1", port: 1234, family: 4 } as const;
    const destination = { host: "192.0.2.2", port: 443, family: 4 } as const;
    const seen: Wire[] = [];
    const onWire = (wire: Wire) => {
      seen.push(wire);
      echoWire(wire);
    };
    const handler = {
      onHandshakeFailed: (_info: unknown, code: string) => void failed.push(code),
    };
    const plain = await open({ acceptProxy: true }, onWire, handler);
    const tls = await open(
      { acceptProxy: true, tls: makeTlsServer({ certificates: [{ pairs: [{ cert, key }] }] }) },
      onWire,
      handler,
    );
    const client = makeTlsClient({ verify: "none" });
    for (const [port, how] of [
      [plain.port, {}],
      [tls.port, { tls: client }],
    ] as const) {
      const heard = new Listener(
        await dial({ host: "127.0.0.1", port, proxyHeader: encodeV2(source, destination), ...how }),
      );
      heard.wire.write("x");
      await until(() => heard.text === "x");
      const { info } = seen.at(-1) as Wire;
      assert.deepEqual([info.source, info.destination], [source, destination]);
      assert.equal(info.realSource.host, "127.0.0.1");
      assert.equal(info.proxyProtocol?.version, 2);
      assert.equal(info.tls?.protocol, how === undefined || port === plain.port ? undefined : "TLSv1.3");
      heard.wire.destroy();
    }
    const wrong = new Listener(await dial({ host: "127.0.0.1", port: plain.port }));
    wrong.wire.write("GET / HTTP/1.1\r\n\r\n");
    await until(() => wrong.closed || wrong.ended);
    wrong.wire.destroy();
    assert.deepEqual(failed, ["proxy-header"]);
    plain.close();
    tls.close();
  });

  named("TLS: half-close, a plain client, sessions used again, HTTP/2 and HTTP/1 by ALPN", async () => {
    const failed: string[] = [];
    const recorders: Recorder[] = [];
    const listener = await open(
      { tls: makeTlsServer({ certificates: [{ pairs: [{ cert, key }] }], alpn: ["h2", "http/1.1"] }) },
      (wire, at) => {
        const recorder = new Recorder(echo);
        recorders.push(recorder);
        serveHttp(wire, testOptions, recorder, at);
      },
      { onHandshakeFailed: (_info, code) => void failed.push(code) },
    );
    const plain = netConnect(listener.port, "127.0.0.1", () => plain.write("GET / HTTP/1.1\r\n\r\n"));
    plain.on("error", () => {});
    await new Promise((done) => plain.on("close", done));
    assert.equal(failed.length, 1);
    assert.match(failed[0] ?? "", /^ERR_SSL_/);

    const session = http2Connect(`https://127.0.0.1:${listener.port}`, { rejectUnauthorized: false });
    session.on("error", assert.fail);
    const stream = session.request({ ":method": "POST", ":path": "/two" });
    stream.end("body");
    let text = "";
    for await (const bytes of stream) text += bytes;
    assert.match(text, /^POST https:\/\/127.0.0.1:\d+\/two body$/);
    session.close();

    const client = makeTlsClient({ verify: "none" });
    for (const [alpn, resumed] of [
      ["h2", false],
      ["http/1.1", true],
    ] as const) {
      const wire = await dial({ host: "127.0.0.1", port: listener.port, tls: client, alpn: [alpn] });
      assert.equal(wire.info.tls?.alpn, alpn);
      assert.equal(wire.info.tls?.resumed, resumed);
      assert.ok((wire.info.tls?.sessionId?.length ?? 32) === 32);
      assert.equal(wire.info.tls?.peerChain.length, 1);
      const connection = openHttp(wire, testOptions);
      const body = await new Promise<string>((done, fail) => {
        let came = "";
        const head = {
          method: "GET",
          target: "/one",
          version: "1.1",
          headers: new Headers(["host"], ["a"]),
          scheme: undefined,
          authority: undefined,
        } as const;
        connection.request({ ...head }, 0, {
          onInform() {},
          onFailed: (why) => fail(new Error(why)),
          onResponse: (_head, source) => {
            source.handler = {
              onData: (bytes) => (came += bytes),
              onEnd: () => done(came),
              onBroken: (why) => fail(new Error(why)),
            };
            source.resume();
          },
        });
      });
      assert.equal(body, alpn === "h2" ? "GET https://a/one " : "GET /one ");
      connection.close();
    }
    await until(() => recorders.every((each) => each.closed === 1));
    listener.close();

    const half = await open({ tls: makeTlsServer({ certificates: [{ pairs: [{ cert, key }] }] }) }, echoWire);
    const socket = tlsConnect({
      port: half.port,
      host: "127.0.0.1",
      rejectUnauthorized: false,
      allowHalfOpen: true,
    } as object);
    socket.end(Buffer.alloc(300_000, "x"));
    let length = 0;
    for await (const bytes of socket) length += (bytes as Buffer).length;
    assert.equal(length, 300_000);
    half.close();
  });
}
