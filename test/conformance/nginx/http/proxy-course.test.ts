import assert from "node:assert/strict";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, type TestContext, test } from "node:test";
import { freePorts } from "../../../support/free-ports.js";
import { nginxIsThere, RealNginx } from "../../../support/real-nginx.js";
import { ask } from "./ask.js";
import { ours } from "./ours.js";

const missing = nginxIsThere() ? false : "needs nginx";
const size = 40_000;

/** A web server that answers "/big" at once, others only when `release` is called. */
async function slowServer() {
  const waiting: Socket[] = [];
  const server: Server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (data) => {
      if (data.toString().startsWith("POST /deaf")) socket.pause();
      else if (data.toString().startsWith("GET /endless")) {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        const piece = "x".repeat(65_536);
        const fill = () => {
          while (socket.write(piece));
        };
        socket.on("drain", fill);
        fill();
        server.emit("endless", socket);
      } else if (data.toString().startsWith("GET /big"))
        socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${"x".repeat(size)}`);
      else {
        waiting.push(socket);
        server.emit("asked", socket);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, waiting, port: (server.address() as { port: number }).port };
}

/** A name server to which every name is 127.0.0.1. */
async function nameServer(): Promise<UdpSocket> {
  const socket = createSocket("udp4");
  socket.on("message", (query, from) => {
    const end = query.indexOf(0, 12) + 5;
    const isA = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from([query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    const parts = [head, query.subarray(12, end), ...(isA ? [record] : [])];
    socket.send(Buffer.concat(parts), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

describe("the course of a proxied request", { skip: missing, timeout: 120_000 }, () => {
  let backend: Awaited<ReturnType<typeof slowServer>>;
  let names: UdpSocket;
  before(async () => {
    [backend, names] = [await slowServer(), await nameServer()];
  });
  after(() => {
    backend.server.close();
    names.close();
  });

  /** Runs the server block by nginx, and by ours; gives their ports. */
  async function both(t: TestContext, server: string): Promise<number[]> {
    const real = new RealNginx();
    t.after(() => real.stop());
    const ports = (await freePorts(2)) as [number, number];
    const textOf = (port: number) =>
      `http { access_log off; proxy_temp_path ${real.directory}; client_body_temp_path ${real.directory};
        server { listen 127.0.0.1:${port}; ${server} } }`;
    await real.start(textOf(ports[0]), ports[0]);
    const run = await ours(`events {} ${textOf(ports[1])}`, real.directory);
    t.after(() => run.stop());
    return ports;
  }

  /** Sends a request and FIN; gives what is answered until the end. */
  async function halfClosed(port: number, path: string): Promise<string> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    let text = "";
    socket.on("data", (data) => {
      text += data.toString();
    });
    socket.on("error", () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const [asked] = (await once(backend.server, "asked")) as [Socket];
    socket.end();
    if (path === "/kept") asked.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    await once(socket, "close");
    // The server behind is told that nobody waits any more.
    if (!asked.destroyed && path !== "/kept") await once(asked, "close");
    return text.split("\r\n")[0] as string;
  }

  test("a client that sends no more is given up, unless proxy_ignore_client_abort", async (t) => {
    const to = `proxy_pass http://127.0.0.1:${backend.port};`;
    const ports = await both(
      t,
      `location / { ${to} } location /kept { proxy_ignore_client_abort on; ${to} }`,
    );
    for (const port of ports) {
      assert.equal(await halfClosed(port, "/"), "");
      assert.equal(await halfClosed(port, "/kept"), "HTTP/1.1 200 OK");
    }
  });

  test("proxy_limit_rate slows an answer down, which comes whole", async (t) => {
    const ports = await both(
      t,
      `location / { proxy_buffer_size 4k; proxy_limit_rate 20000; proxy_pass http://127.0.0.1:${backend.port}; }`,
    );
    for (const port of ports) {
      const began = Date.now();
      const text = await ask(port, "/big");
      assert.equal(text.slice(text.indexOf("\r\n\r\n") + 4).length, size);
      // Seconds are counted by the clock's own: the first may be short.
      assert.ok(Date.now() - began >= (port === ports[1] ? 900 : 0), `${Date.now() - began} ms`);
    }
  });

  test("proxy_send_timeout gives a server up that doesn't read, send_timeout a client", async (t) => {
    const ports = await both(
      t,
      `client_max_body_size 0; proxy_send_timeout 300ms; send_timeout 300ms; proxy_max_temp_file_size 0; proxy_pass_request_headers off;
        location / { proxy_pass http://127.0.0.1:${backend.port}; }`,
    );
    for (const port of ports) {
      const text = await ask(port, { path: "/deaf", method: "POST", body: "x".repeat(16_000_000) });
      assert.match(text, /^HTTP\/1\.1 504 /);
      const client = connect({ port, host: "127.0.0.1" });
      client.on("error", () => {});
      client.pause();
      client.write("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n");
      const [asked] = (await once(backend.server, "endless")) as [Socket];
      // A reset is an end, too.
      await new Promise((resolve) => asked.on("close", resolve));
      client.destroy();
    }
  });

  test("auth_delay answers 401 late, and others at once", async (t) => {
    const ports = await both(
      t,
      `auth_delay 400ms; location / { auth_request /no; } location /no { return 401; } location /forbidden { deny all; }`,
    );
    for (const port of ports) {
      const began = performance.now();
      assert.match(await ask(port, "/x"), /^HTTP\/1\.1 401 /);
      assert.ok(performance.now() - began >= 390);
      assert.match(await ask(port, "/forbidden"), /^HTTP\/1\.1 403 /);
    }
  });

  test("a name with variables is resolved by the location's resolver", async (t) => {
    const { port: dns } = names.address();
    const ports = await both(
      t,
      `location / { resolver 127.0.0.1:${dns} ipv6=off; proxy_pass http://$arg_n:${backend.port}; }`,
    );
    for (const port of ports) {
      const text = await ask(port, "/big?n=nowhere.example");
      assert.match(text, /^HTTP\/1\.1 200 OK/);
    }
  });
});
