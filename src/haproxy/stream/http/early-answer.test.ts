import assert from "node:assert/strict";
import { test } from "node:test";
import { StandInStreams, type StreamsWords } from "../../../../test/support/haproxy-streams.js";
import type { MemoryWire } from "../../../proxy/testing/index.js";
import { Listener, settled } from "../../../proxy/testing/talk.js";

const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const post = (length: number) => `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`;

/** A client whose request's body isn't whole, and a server that has answered all the same. */
async function answeredEarly(words: StreamsWords = {}, length = 6, answer = ok) {
  const streams = new StandInStreams({ log: "%ST %ts %U", ...words });
  const peers: MemoryWire[] = [];
  const servers: Listener[] = [];
  streams.onConnect = (peer) => {
    peers.push(peer);
    servers.push(new Listener(peer));
    return true;
  };
  const client = streams.connect();
  const seen = new Listener(client);
  client.write(`${post(length)}abc`);
  await settled();
  peers[0]?.write(answer);
  await settled();
  assert.ok(seen.take().startsWith("HTTP/1.1 200 OK\r\n"));
  assert.deepEqual(streams.lines, [], "the exchange isn't over before the request is");
  return { streams, client, seen, peer: peers[0] as MemoryWire, server: servers[0] as Listener, peers };
}

/** Waits for the stream's line. */
async function line({ lines }: StandInStreams): Promise<string | undefined> {
  while (lines.length === 0) await new Promise((done) => setTimeout(done, 2));
  return lines[0];
}

test("the rest of the request follows an early answer, and both connections are kept", async () => {
  const { streams, client, seen, peer, server, peers } = await answeredEarly();
  client.write(`def${post(1)}x`);
  await settled();
  assert.equal(await line(streams), "200 -- 60");
  assert.match(server.take(), /abcdefPOST \/ HTTP\/1.1\r\n.*\r\n\r\nx$/s);
  peer.write(ok);
  await settled();
  assert.equal(seen.take(), ok);
  assert.equal(peers.length, 1);
  assert.equal(streams.lines.length, 2);
});

test("chunks follow, and their end counts a byte", async () => {
  const streams = new StandInStreams({ log: "%ST %ts %U %B" });
  let peer: MemoryWire | undefined;
  streams.onConnect = (each) => {
    peer = each;
    new Listener(each);
    return true;
  };
  const client = streams.connect();
  const seen = new Listener(client);
  client.write("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
  await settled();
  peer?.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
  await settled();
  assert.match(seen.take(), /0\r\n\r\n$/);
  client.write("0\r\n\r\n");
  assert.equal(await line(streams), "200 -- 67 61");
  assert.ok(!seen.ended);
});

test("a client that goes away, or whose chunks can't be read, ends it", async () => {
  const { streams, client, seen, server } = await answeredEarly();
  client.end();
  assert.equal(await line(streams), "200 CD 57");
  await settled();
  assert.ok(seen.ended && server.ended);
});

test("a client that is silent is timed, and the server isn't", async () => {
  const { streams, seen } = await answeredEarly({ timeouts: { client: 60, server: 20 } });
  assert.equal(await line(streams), "200 cD 57");
  await settled();
  assert.ok(seen.ended);
});

test("a server that takes no more is timed, and the client isn't", async () => {
  const { streams, client, peer } = await answeredEarly({ timeouts: { client: 20, server: 60 } }, 1e6);
  peer.pause();
  client.write(Buffer.alloc(500_000));
  assert.match((await line(streams)) as string, /^200 sD /);
});

test("what a stalled server doesn't take waits at the client", async () => {
  const { streams, client, peer, server } = await answeredEarly({}, 1e6);
  peer.pause();
  for (let sent = 3; sent < 1e6; sent += 9_999) client.write(Buffer.alloc(Math.min(9_999, 1e6 - sent)));
  for (let turn = 0; turn < 100; turn++) await settled();
  // The wires hold some towards the server.
  assert.ok(client.pendingBytes > 700_000, `${client.pendingBytes} bytes aren't taken`);
  peer.resume();
  assert.equal(await line(streams), "200 -- 1000060");
  assert.ok(server.bytes > 1e6);
});

test("the wait ends with the server's connection", async () => {
  const { streams, seen, peer } = await answeredEarly();
  peer.destroy(true);
  assert.equal(await line(streams), "200 SD 57");
  await settled();
  assert.ok(seen.ended);
});

test("a server that only sends no more still takes the rest", async () => {
  const { streams, client, peer, server, seen } = await answeredEarly();
  peer.end();
  await settled();
  client.write("def");
  assert.equal(await line(streams), "200 -- 60");
  assert.match(server.text, /abcdef$/);
  assert.ok(!seen.ended);
});

test("an answer until the end is ended by FIN, and the request goes on", async () => {
  const { streams, client, peer, server, seen } = await answeredEarly({}, 6, "HTTP/1.1 200 OK\r\n\r\nhi");
  peer.end();
  await settled();
  assert.ok(seen.ended);
  client.write("def");
  assert.equal(await line(streams), "200 -- 60");
  assert.match(server.text, /abcdef$/);
});
