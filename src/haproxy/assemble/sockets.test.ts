import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../../test/support/free-ports.js";
import type { SocketAddress } from "../../config/haproxy/model/index.js";
import { close, duplicate, isOpen, listeningSocket } from "../../sys/index.js";
import { bindFailureText } from "./bind-error.js";
import { OfferedSockets } from "./offered-sockets.js";
import { type BoundSockets, bindAll } from "./sockets.js";
import { listenerPlan as plan } from "./testing/listener-plan.js";

const options = {
  reusePort: true,
  unix: { mode: undefined, uid: undefined, gid: undefined },
  warn: (text: string) => assert.fail(text),
};

const inet = (port: number, host = "127.0.0.1"): SocketAddress => ({
  kind: "inet",
  host,
  family: undefined,
  ports: { from: port, to: port },
  type: "stream",
});

test("an address is bound and listens, for IPv4 and IPv6", {
  skip: process.platform !== "linux",
}, async () => {
  const port = await freePort();
  for (const host of ["127.0.0.1", "::1"]) {
    const done: BoundSockets = new Map();
    assert.deepEqual(bindAll([plan(inet(port, host))], new OfferedSockets(), options, done), []);
    const fd = done.get(0)!;
    assert.equal(listeningSocket(fd).listens, true);
    assert.equal(listeningSocket(fd).port, port);
    close(fd);
  }
});

test("a place that somebody else has is a failure in HAProxy's words, and may be tried again", {
  skip: process.platform !== "linux",
}, async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const done: BoundSockets = new Map();
  const [failure, ...rest] = bindAll([plan(inet(port))], new OfferedSockets(), options, done);
  assert.deepEqual(rest, []);
  assert.equal(
    bindFailureText(failure!),
    `Binding [a.cfg:3] for frontend GLOBAL: cannot bind socket (Address already in use) for [127.0.0.1:${port}]`,
  );
  assert.equal(failure!.retryable, true);
  assert.equal(done.size, 0);
  server.close();
  assert.deepEqual(bindAll([plan(inet(port))], new OfferedSockets(), options, done), []);
  close(done.get(0)!);
});

test("an address that isn't this host's is a failure", { skip: process.platform !== "linux" }, () => {
  const [failure] = bindAll([plan(inet(21_022, "192.0.2.1"))], new OfferedSockets(), options, new Map());
  assert.match(
    failure!.text,
    /^cannot bind socket \(Cannot assign requested address\) for \[192\.0\.2\.1:21022\]$/,
  );
});

test("a socket that was handed over is taken for its place, and what nobody wants is closed", {
  skip: process.platform !== "linux",
}, async () => {
  const [port, other] = [await freePort(), await freePort()];
  const first: BoundSockets = new Map();
  assert.deepEqual(
    bindAll([plan(inet(port)), plan(inet(other), 1)], new OfferedSockets(), options, first),
    [],
  );
  const offered = new OfferedSockets();
  const copies = [...first.values()].map((fd) => duplicate(fd));
  for (const fd of copies) offered.add(fd);
  const second: BoundSockets = new Map();
  assert.deepEqual(bindAll([plan(inet(port))], offered, options, second), []);
  assert.equal(second.get(0), copies[0]);
  offered.close();
  assert.deepEqual(copies.map(isOpen), [true, false]);
  for (const fd of [...first.values(), ...second.values()]) close(fd);
});

test("a Unix socket takes the old one's place, and is found again by its path", {
  skip: process.platform !== "linux",
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-sockets-"));
  const path = join(folder, "stats.sock");
  const unix = plan({ kind: "unix", path, type: "stream" }, 0, { mode: 0o600 });
  const first: BoundSockets = new Map();
  const second: BoundSockets = new Map();
  const third: BoundSockets = new Map();
  try {
    assert.deepEqual(bindAll([unix], new OfferedSockets(), options, first), []);
    assert.deepEqual(bindAll([unix], new OfferedSockets(), options, second), []);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ["stats.sock"]);
    const offered = new OfferedSockets();
    offered.add(duplicate(second.get(0)!));
    const copy = offered.rest[0];
    assert.deepEqual(bindAll([unix], offered, options, third), []);
    assert.equal(third.get(0), copy);
    await new Promise<void>((resolve, reject) => {
      const client = connect(path, () => {
        client.destroy();
        resolve();
      });
      client.on("error", reject);
    });
  } finally {
    for (const fd of [first, second, third].flatMap((each) => [...each.values()])) close(fd);
    rmSync(folder, { recursive: true });
  }
});

test("an abstract name is bound once, and handed over", { skip: process.platform !== "linux" }, () => {
  const abstract = plan({ kind: "abstract", path: `rondo-sockets-${process.pid}`, type: "stream" });
  const first: BoundSockets = new Map();
  assert.deepEqual(bindAll([abstract], new OfferedSockets(), options, first), []);
  const [failure] = bindAll([abstract], new OfferedSockets(), options, new Map());
  assert.equal(failure!.retryable, true);
  const offered = new OfferedSockets();
  offered.add(duplicate(first.get(0)!));
  const second: BoundSockets = new Map();
  assert.deepEqual(bindAll([abstract], offered, options, second), []);
  for (const fd of [...first.values(), ...second.values()]) close(fd);
});

test("an inherited descriptor that isn't there is a failure", { skip: process.platform !== "linux" }, () => {
  const [failure] = bindAll([plan({ kind: "fd", fd: 987 })], new OfferedSockets(), options, new Map());
  assert.match(failure!.text, /Bad file descriptor/);
});
