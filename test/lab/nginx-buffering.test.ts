import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { NginxPlace } from "./nginx-running.js";

/** More than the kernel keeps for two connections. */
const size = 64 << 20;

/** A server that tells when it has given its whole answer to the kernel; X-Accel-Buffering is the query. */
async function startServer(t: TestContext): Promise<{ port: number; finished: Set<string> }> {
  const finished = new Set<string>();
  const piece = Buffer.alloc(1 << 20, "x");
  const server = createServer((request, response) => {
    const path = request.url as string;
    response.on("finish", () => finished.add(path));
    const word = path.split("?")[1];
    response.writeHead(200, { "content-length": size, ...(word && { "x-accel-buffering": word }) });
    for (let i = 0; i < size / piece.length; i++) response.write(piece);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, finished };
}

/** Asks, and reads nothing but the head. */
async function ask(t: TestContext, port: number, path: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  socket.write(`GET ${path} HTTP/1.0\r\nHost: a\r\n\r\n`);
  await once(socket, "readable");
  return socket;
}

test("a slow client holds no server up, unless buffering is off", async (t) => {
  const place = await NginxPlace.make(t);
  const { port, finished } = await startServer(t);
  const pass = `proxy_pass http://127.0.0.1:${port};`;
  place.configure(`
    location /on { ${pass} }
    location /memory { ${pass} proxy_max_temp_file_size 0; }
    location /off { ${pass} proxy_buffering off; }`);
  await place.start(t);
  const paths = ["/on", "/off?yes", "/memory", "/off", "/on?no"];
  const clients = new Map<string, Socket>();
  for (const path of paths) clients.set(path, await ask(t, place.port, path));
  const buffered = paths.slice(0, 2);
  for (let i = 0; i < 400 && !buffered.every((path) => finished.has(path)); i++) await sleep(25);
  assert.deepEqual([...finished].toSorted(), buffered.toSorted());
  // All of it comes when the client reads.
  for (const path of ["/on", "/off"]) {
    const client = clients.get(path) as Socket;
    let came = 0;
    client.on("data", (bytes) => {
      came += bytes.length;
    });
    client.resume();
    await once(client, "end");
    assert.ok(came > size, `${path}: ${came}`);
  }
});
