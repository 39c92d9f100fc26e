import assert from "node:assert/strict";
import { test } from "node:test";
import { answering, StandInStreams } from "../../../../test/support/haproxy-streams.js";

const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
const request = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";

test("a request goes to a server and back, and is logged", async () => {
  const streams = new StandInStreams({ log: "%ST %ts %s %B %U %HM %HU" });
  let seen = "";
  streams.onConnect = (peer) =>
    answering(peer, (head) => {
      seen = head;
      return ok;
    });
  const got = await streams.exchange(request, /hi$/);
  assert.equal(got, ok);
  assert.equal(seen, request.trimEnd());
  await new Promise(setImmediate);
  assert.deepEqual(streams.lines, ["200 -- s1 51 38 GET /"]);
});

test("a second request of a client uses the same connection", async () => {
  const streams = new StandInStreams();
  let connections = 0;
  streams.onConnect = (peer) => {
    connections++;
    return answering(peer, () => ok);
  };
  const client = streams.connect();
  await streams.exchange(request, /hi$/, client);
  await new Promise(setImmediate);
  await streams.exchange(request, /hi$/, client);
  assert.equal(connections, 1);
});

test("a server that refuses is asked again, then 503 is answered", async () => {
  const streams = new StandInStreams({
    section: { retries: 2 },
    timeouts: { connect: 5 },
    log: "%ST %ts %rc",
  });
  let attempts = 0;
  streams.onConnect = () => {
    attempts++;
    return false;
  };
  const got = await streams.exchange(request, /<\/html>\n$/);
  assert.match(
    got,
    /^HTTP\/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: no-cache\r\ncontent-type: text\/html\r\n\r\n/,
  );
  await new Promise(setImmediate);
  assert.equal(attempts, 3);
  assert.deepEqual(streams.lines, ["503 SC 2"]);
});

test("a server that closes without an answer is a 502", async () => {
  const streams = new StandInStreams();
  streams.onConnect = (peer) => answering(peer, () => undefined);
  assert.match(await streams.exchange(request, /<\/html>\n$/), /^HTTP\/1.1 502 Bad Gateway\r\n/);
  await new Promise(setImmediate);
  assert.deepEqual(streams.lines, ["502 SH s1"]);
});

test("a server that is silent is a 504", async () => {
  const streams = new StandInStreams({ timeouts: { server: 10 } });
  streams.onConnect = () => true;
  assert.match(await streams.exchange(request, /<\/html>\n$/), /^HTTP\/1.1 504 Gateway Time-out\r\n/);
  await new Promise(setImmediate);
  assert.deepEqual(streams.lines, ["504 sH s1"]);
});

test("what can't be read is answered with 400 and logged as BADREQ", async () => {
  const streams = new StandInStreams({ log: "%ST %ts %s %r" });
  assert.match(await streams.exchange("nonsense\r\n\r\n"), /^HTTP\/1.1 400 Bad request\r\n/);
  assert.deepEqual(streams.lines, ["400 PR <NOSRV> <BADREQ>"]);
});
