import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { joinSockets } from "./join-sockets.js";

/** A client, and who serves it, with joined sockets between them. */
async function joined(t: TestContext): Promise<{ client: Socket; serving: Socket }> {
  const behind = await listening(t);
  const between = await listening(t, (asking) => joinSockets(asking, connectTo(t, behind)));
  const client = connectTo(t, between);
  const [serving] = (await once(behind, "connection")) as [Socket];
  return { client, serving };
}

async function listening(t: TestContext, answer?: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    t.after(() => socket.destroy());
    answer?.(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return server;
}

function connectTo(t: TestContext, server: Server): Socket {
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  t.after(() => socket.destroy());
  return socket;
}

test("a half that is closed is closed at the other end, and the other half goes on", async (t) => {
  const { client, serving } = await joined(t);
  client.end("question");
  let heard = "";
  for await (const data of serving.iterator({ destroyOnReturn: false })) heard += data;
  assert.equal(heard, "question");
  serving.write("one ");
  await sleep(20);
  serving.end("two");
  let answer = "";
  for await (const data of client) answer += data;
  assert.equal(answer, "one two");
});

test("who breaks off breaks off the other end, too, in either direction", async (t) => {
  const errorOf = async (socket: Socket) => ((await once(socket, "error"))[0] as NodeJS.ErrnoException).code;
  const first = await joined(t);
  first.serving.resume();
  first.client.resetAndDestroy();
  assert.equal(await errorOf(first.serving), "ECONNRESET");
  const second = await joined(t);
  second.client.resume();
  second.serving.resetAndDestroy();
  assert.equal(await errorOf(second.client), "ECONNRESET");
});

test("where nobody listens the client is told so by a reset, not by an end", async (t) => {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as AddressInfo;
  gone.close();
  await once(gone, "close");
  const between = await listening(t, (asking) =>
    joinSockets(asking, connect({ host: "127.0.0.1", port, allowHalfOpen: true })),
  );
  const client = connectTo(t, between);
  client.resume();
  const [error] = await once(client, "error");
  assert.equal(error.code, "ECONNRESET");
});

test("who doesn't read holds the sender up; all of it arrives once he does", async (t) => {
  const { client, serving } = await joined(t);
  const whole = 40 * 1024 * 1024;
  const piece = Buffer.alloc(1024 * 1024, "x");
  let accepted = 0;
  const sent = (async () => {
    for (let i = 0; i < whole / piece.length; i++) {
      if (!client.write(piece)) await once(client, "drain");
      accepted += piece.length;
    }
    client.end();
  })();
  for (let before = -1; before !== accepted; ) {
    before = accepted;
    await sleep(100);
  }
  assert.ok(accepted < whole, "it went nowhere, and was taken all the same");
  let got = 0;
  for await (const data of serving) got += data.length;
  await sent;
  assert.equal(got, whole);
});
