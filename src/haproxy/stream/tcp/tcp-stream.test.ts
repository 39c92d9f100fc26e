import assert from "node:assert/strict";
import { test } from "node:test";
import { StandInStreams, type StreamsWords } from "../../../../test/support/haproxy-streams.js";
import type { TlsInfo } from "../../../proxy/index.js";
import type { MemoryWire } from "../../../proxy/testing/index.js";
import { Outcome } from "../../rules/outcome.js";

function streamsOf(words: StreamsWords = {}): StandInStreams {
  return new StandInStreams({ log: "%ts %B %U", ...words, section: { mode: "tcp", ...words.section } });
}

function echo(peer: MemoryWire): true {
  peer.handler = {
    onData: (bytes) => void peer.write(bytes),
    onEnd: () => peer.end(),
    onDrain() {},
    onClose() {},
  };
  peer.resume();
  return true;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test("bytes go both ways, and each side's end is passed on", async () => {
  const streams = streamsOf();
  streams.onConnect = echo;
  const client = streams.connect();
  assert.equal(await streams.exchange("hello", /hello/, client), "hello");
  client.end();
  await settled();
  assert.deepEqual(streams.lines, ["-- 5 5"]);
});

test("who breaks off is named", async () => {
  const streams = streamsOf();
  streams.onConnect = echo;
  const client = streams.connect();
  await streams.exchange("hello", /hello/, client);
  client.destroy(true);
  await settled();
  assert.deepEqual(streams.lines, ["CD 5 5"]);
});

test("a server that breaks TLS off behind its handshake is no end in order", async () => {
  const streams = streamsOf({ log: "%ts" });
  streams.onConnect = (peer) => {
    const tls = {
      protocol: "TLSv1.3",
      error: { number: 0x0a00045c, text: "certificate required" },
    } as TlsInfo;
    peer.peer.info = { ...peer.peer.info, tls };
    setImmediate(() => peer.end());
    return true;
  };
  streams.connect();
  await settled();
  assert.deepEqual(streams.lines, ["SD"]);
});

test("a silent client is let go when its time is over", async () => {
  const streams = streamsOf({ timeouts: { client: 10, server: 1000 } });
  streams.onConnect = echo;
  await streams.exchange("hello", /never/);
  await settled();
  assert.deepEqual(streams.lines, ["cD 5 5"]);
});

test("a server that refuses ends the connection", async () => {
  const streams = streamsOf({
    section: { mode: "tcp", retries: 1 },
    timeouts: { connect: 5 },
    log: "%ts %rc",
  });
  streams.onConnect = () => false;
  assert.equal(await streams.exchange("hello"), "");
  await settled();
  assert.deepEqual(streams.lines, ["SC 1"]);
});

test("an answer too large to be held while rules wait for more of it goes on whole", async () => {
  const streams = streamsOf();
  const place = { file: "test.cfg", line: 1, column: 1 };
  Object.assign(streams.streams.compiled(streams.proxy), {
    responseDelayMs: 5000,
    tcpResponse: [{ test: () => undefined, run: () => Outcome.stop, place }],
  });
  streams.onConnect = (peer) => {
    peer.write("x".repeat(40_000));
    setTimeout(() => peer.write("y"), 1);
    return true;
  };
  assert.match(await streams.exchange("hello", /y$/), /^x{40000}y$/);
});

test("a killed stream says so", async () => {
  const streams = streamsOf();
  streams.onConnect = echo;
  const client = streams.connect();
  await streams.exchange("hello", /hello/, client);
  for (const stream of streams.streams.running) stream.shutdown("killed");
  await settled();
  assert.deepEqual(streams.lines, ["KD 5 5"]);
});
