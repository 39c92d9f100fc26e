import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, connect as netConnect, type Socket } from "node:net";
import { test } from "node:test";
import * as sys from "./index.js";

const batch = sys.WriteBatch.open(8, 1000);
const skip = batch === undefined && "needs io_submit(2)";

/** Pairs of connected sockets; the first of each is written to by its descriptor. */
async function pairs(
  count: number,
): Promise<{ near: Socket[]; far: Socket[]; fds: number[]; close(): void }> {
  const far: Socket[] = [];
  const server = createServer((socket) => far.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const near: Socket[] = [];
  for (let at = 0; at < count; at++) {
    const socket = netConnect(port, "127.0.0.1");
    await once(socket, "connect");
    while (far.length <= at) await once(server, "connection");
    near.push(socket);
  }
  const fds = near.map((socket) => (socket as unknown as { _handle: { fd: number } })._handle.fd);
  return {
    near,
    far,
    fds,
    close() {
      for (const socket of [...near, ...far]) socket.destroy();
      server.close();
    },
  };
}

async function heard(socket: Socket, length: number): Promise<string> {
  let text = "";
  for await (const bytes of socket.iterator({ destroyOnReturn: false })) {
    text += (bytes as Buffer).toString("latin1");
    if (text.length >= length) break;
  }
  return text;
}

test("texts go to their sockets, in their order; what can't be written is told", { skip }, async () => {
  const by = batch!;
  const { fds, far, close } = await pairs(3);
  try {
    for (const turn of [0, 1]) {
      const [a, b, c] = fds as [number, number, number];
      by.add(a, `one ${turn} `);
      by.add(-1, "nobody");
      by.add(b, "\xff\0\x80");
      by.add(999_999, "nobody");
      by.add(c, "x".repeat(1000));
      by.add(a, "two ");
      assert.equal(by.count, 6);
      by.submit();
      assert.deepEqual(
        [0, 1, 2, 3, 4, 5].map((at) => by.result(at)),
        [6, -9, 3, -9, 1000, 4],
      );
      assert.equal(by.count, 0);
    }
    assert.equal(await heard(far[0]!, 20), "one 0 two one 1 two ");
    assert.equal(await heard(far[1]!, 6), "\xff\0\x80\xff\0\x80");
    assert.equal((await heard(far[2]!, 2000)).length, 2000);
  } finally {
    close();
  }
});

test("of what a socket has no room for the rest is given back; who is gone is told by EPIPE or ECONNRESET", {
  skip,
}, async () => {
  const by = batch!;
  const { fds, far, close } = await pairs(2);
  try {
    far[0]!.pause();
    let sent = "";
    let rest = 0;
    for (let turn = 0; rest === 0; turn++) {
      const text = String.fromCharCode(97 + (turn % 26)).repeat(1000);
      by.add(fds[0]!, text);
      by.submit();
      const taken = Math.max(by.result(0), 0);
      if (by.result(0) < 0) assert.equal(by.result(0), -11);
      assert.equal(by.rest(0, taken).toString("latin1"), text.slice(taken));
      sent += text.slice(0, taken);
      rest = text.length - taken;
      assert.ok(turn < 100_000, "the socket never fills");
    }
    far[0]!.resume();
    assert.equal(await heard(far[0]!, sent.length), sent);
    far[1]!.resetAndDestroy();
    for (const end = Date.now() + 20_000; ; await new Promise((done) => setTimeout(done, 5))) {
      by.add(fds[1]!, "anybody?");
      by.submit();
      if ([-32, -104].includes(by.result(0))) break;
      assert.ok(Date.now() < end, `${by.result(0)}`);
    }
  } finally {
    close();
  }
});

test("as many as there is room for, again and again", { skip }, async () => {
  const by = batch!;
  const { fds, far, close } = await pairs(1);
  try {
    let expected = "";
    for (let turn = 0; turn < 100; turn++) {
      for (let at = 0; at < by.most; at++) {
        const text = `${turn}.${at};`;
        expected += text;
        by.add(fds[0]!, text);
      }
      by.submit();
    }
    assert.equal(await heard(far[0]!, expected.length), expected);
  } finally {
    close();
  }
});
