import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { IpAddress } from "../wire/address.js";
import { agentProbe, httpProbe, type Probe, tcpProbe } from "./index.js";
import { failure } from "./probe.js";

/** A server on loopback that does so with each connection; gives where it is. */
async function serve(t: TestContext, work: (socket: Socket) => void, host = "127.0.0.1") {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    work(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, host, resolve);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: IpAddress.of(host), port: (server.address() as { port: number }).port, server };
}

const short = 150;
const long = 20_000;
const http = httpProbe({ path: "/health", status: [{ from: 200, to: 299 }] });

test("a connection that is accepted, refused, or neither", async (t) => {
  const { server, ...target } = await serve(t, () => {});
  const probe = tcpProbe();
  assert.deepEqual(await probe.probe(target, long), { outcome: "passed", detail: "connected" });
  server.close();
  assert.deepEqual(await probe.probe(target, long), { outcome: "failed", detail: "connection refused" });
  assert.deepEqual(await probe.probe(target, long, AbortSignal.abort()), {
    outcome: "unknown",
    detail: "interrupted",
  });
  assert.equal(failure(Object.assign(new Error("x"), { code: "EMFILE" })).outcome, "unknown");
  assert.deepEqual(failure(Object.assign(new Error("x"), { code: "EHOSTUNREACH" })), {
    outcome: "failed",
    detail: "host unreachable",
  });
});

test("HTTP: a status, none, no HTTP, no end, no answer", async (t) => {
  const ask = async (work: (socket: Socket, request: string) => void, time = long, probe: Probe = http) => {
    const target = await serve(t, (socket) => {
      socket.once("data", (data) => work(socket, data.toString()));
    });
    const { outcome, detail } = await probe.probe(target, time);
    return `${outcome}: ${detail}`;
  };
  let asked = "";
  assert.equal(
    await ask((socket, request) => {
      asked = request;
      // In pieces, as networks do it.
      socket.write("HTTP/1.1 20");
      setImmediate(() => socket.write("4 No Content\r\n"));
    }),
    "passed: status 204",
  );
  assert.match(asked, /^GET \/health HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n(.+\r\n)+\r\n$/);
  assert.equal(await ask((socket) => socket.write("HTTP/1.0 503 Busy\n")), "failed: status 503");
  assert.equal(await ask((socket) => socket.end()), "failed: no answer");
  assert.equal(await ask((socket) => socket.write("SSH-2.0-OpenSSH\r\n")), "failed: answer is no HTTP");
  assert.equal(await ask((socket) => socket.write("x".repeat(9000))), "failed: answer is no HTTP");
  assert.equal(await ask(() => {}, short), "failed: no answer in time");
  const named = httpProbe({ path: "/", host: "www.example.com", status: [{ from: 200, to: 200 }] });
  await ask(
    (socket, request) => {
      asked = request;
      socket.end("HTTP/1.1 200\r\n");
    },
    long,
    named,
  );
  assert.match(asked, /\r\nHost: www\.example\.com\r\n/);
});

test("an agent: a line, a line without end, nothing, garbage, a line that never ends", async (t) => {
  const ask = async (work: (socket: Socket) => void, time = long) => {
    const target = await serve(t, work);
    return agentProbe().probe(target, time);
  };
  assert.deepEqual(await ask((socket) => socket.end("up 75%\nmore")), {
    outcome: "passed",
    detail: "up 75%",
    report: { operating: "up", percent: 75 },
  });
  assert.deepEqual((await ask((socket) => socket.end("drain"))).report, { administrative: "drain" });
  assert.equal((await ask((socket) => socket.end())).detail, "agent says nothing");
  assert.equal((await ask((socket) => socket.write("hello\n"))).detail, 'agent says "hello"');
  assert.equal((await ask((socket) => socket.write("z".repeat(5000)))).outcome, "failed");
  assert.equal((await ask(() => {}, short)).detail, "no answer in time");
});

test("IPv6 is asked as well", async (t) => {
  try {
    const { server, ...target } = await serve(t, (socket) => socket.end("HTTP/1.1 200 OK\r\n"), "::1");
    assert.equal((await http.probe(target, long)).outcome, "passed");
    server.close();
  } catch {
    t.skip("no IPv6 here");
  }
});
