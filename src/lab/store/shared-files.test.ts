import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type Server,
} from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileService } from "./file-service.js";
import { SharedFiles } from "./shared-files.js";
import { Storage } from "./storage.js";

// A store and web servers of it, all in this process: what goes between them, and what doesn't when one of them stops.

const folder = mkdtempSync(join(tmpdir(), "rondo-shared-"));
const open = new Set<{ close(): unknown }>();
after(() => {
  for (const one of open) one.close();
  rmSync(folder, { recursive: true, force: true });
});

const room = 1_000_000;
/** How long a store may be silent where that is what is tried, and how long web servers leave it alone then: milliseconds. */
const short = 800;
const rest = 20;
let number = 0;

async function listening(server: Server | ReturnType<typeof createTcpServer>, port = 0): Promise<number> {
  open.add(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function aStore() {
  const root = join(folder, `${++number}`);
  mkdirSync(join(root, "shared"), { recursive: true });
  const server = fileService(new Storage(root, room), () => true);
  return { root, server, port: await listening(server) };
}

/** The port of a web server of a store at a port. */
async function aWebServer(port: number, patience = 30_000): Promise<number> {
  const files = new SharedFiles({ name: "store", address: "127.0.0.1", port }, { patience, rest });
  open.add(files);
  return await listening(
    createServer((asked, response) => void files.answer(asked, response, asked.url ?? "/")),
  );
}

interface Asked {
  readonly body?: string | Buffer;
  readonly headers?: OutgoingHttpHeaders;
}

function begin(port: number, method: string, path: string, headers: OutgoingHttpHeaders = {}): ClientRequest {
  return request({ host: "127.0.0.1", port, method, path, headers, agent: false });
}

async function answerOf(asked: ClientRequest): Promise<IncomingMessage> {
  const [answer] = await once(asked, "response");
  return answer;
}

async function ask(port: number, method: string, path: string, { body, headers }: Asked = {}) {
  const asked = begin(port, method, path, headers);
  asked.end(body);
  const answer = await answerOf(asked);
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  return { status: answer.statusCode, headers: answer.headers, text };
}

async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); await sleep(5))
    assert.ok(Date.now() < end, `in vain: ${what}`);
}

test("one writes, the other serves it; a file that is known already is not sent again", async () => {
  const { port } = await aStore();
  const [web1, web2] = [await aWebServer(port), await aWebServer(port)];
  const put = await ask(web1, "PUT", "/shared/a%20b.html", { body: "<p>" });
  assert.deepEqual([put.status, put.text], [201, ""]);
  const got = await ask(web2, "GET", "/shared/a%20b.html");
  assert.deepEqual([got.status, got.text], [200, "<p>"]);
  assert.equal(got.headers["content-type"], "text/html; charset=utf-8");
  const etag = got.headers.etag!;
  assert.equal(put.headers.etag, etag);
  const known = await ask(web1, "GET", "/shared/a%20b.html", { headers: { "If-None-Match": etag } });
  assert.deepEqual([known.status, known.text], [304, ""]);
  const head = await ask(web1, "HEAD", "/shared/a%20b.html");
  assert.deepEqual([head.status, head.headers["content-length"], head.text], [200, "3", ""]);
  assert.equal((await ask(web2, "PUT", "/shared/a%20b.html", { body: "" })).status, 204);
  assert.equal((await ask(web1, "GET", "/shared/a%20b.html")).text, "");
  assert.equal((await ask(web1, "GET", "/shared/")).text, "a b.html 0\n");
  const moved = await ask(web1, "GET", "/shared");
  assert.deepEqual([moved.status, moved.headers.location], [301, "/shared/"]);
  assert.equal((await ask(web1, "DELETE", "/shared/a%20b.html")).status, 204);
  assert.deepEqual((await ask(web2, "GET", "/shared/a%20b.html")).text, "there is no /shared/a%20b.html\n");
  await ask(web1, "PUT", "/shared/index.html", { body: "index" });
  assert.equal((await ask(web2, "GET", "/shared/")).text, "index");
});

test("what can't be done is said, and the connection goes on", async () => {
  const { port } = await aStore();
  const web = await aWebServer(port);
  for (const [method, path, status] of [
    ["POST", "/shared/a", 405],
    ["PUT", "/elsewhere", 405],
    ["DELETE", "/shared/", 405],
    ["DELETE", "/shared/none", 404],
    ["PUT", "/shared/a/", 400],
    ["GET", "/shared/..%2f..%2fetc/passwd", 400],
    ["PUT", "/shared/%2e%2e/a", 400],
  ] as const) {
    const answered = await ask(web, method, path, method === "PUT" ? { body: "x".repeat(100_000) } : {});
    assert.equal(answered.status, status, `${method} ${path}: ${answered.text}`);
    assert.match(answered.text, /^.+\n$/);
  }
  assert.equal((await ask(web, "POST", "/shared/a")).headers.allow, "GET, HEAD, PUT, DELETE");
  // Somebody with too much to send hears of it, however he says it, and whether or not he goes on.
  const much = Buffer.alloc(3 * room, "x");
  assert.equal((await ask(web, "PUT", "/shared/a", { body: much })).status, 507);
  const chunked = { "Transfer-Encoding": "chunked" };
  const full = await ask(web, "PUT", "/shared/a", { body: much, headers: chunked });
  assert.deepEqual([full.status, full.text], [507, `the store is full: it takes ${room} bytes in all\n`]);
  assert.equal((await ask(web, "GET", "/shared/a")).status, 404);
});

test("an upload goes on as it comes, and is there once it is whole", async () => {
  const { root, port } = await aStore();
  const web = await aWebServer(port, short);
  const arrived = () =>
    readdirSync(`${root}.incoming`).reduce(
      (sum, name) => sum + statSync(join(`${root}.incoming`, name)).size,
      0,
    );
  const asked = begin(web, "PUT", "/shared/a");
  asked.write("x".repeat(300_000));
  await eventually("its first part is there", () => arrived() === 300_000);
  // The client may take longer than a store may.
  await sleep(short * 1.5);
  assert.equal(existsSync(join(root, "shared/a")), false);
  asked.end("y");
  assert.equal((await answerOf(asked)).statusCode, 201);
  assert.equal(statSync(join(root, "shared/a")).size, 300_001);

  const broken = begin(web, "PUT", "/shared/a");
  broken.on("error", () => {});
  broken.write("z".repeat(1000));
  await eventually("its first part is there", () => arrived() === 1000);
  broken.destroy();
  await eventually("nothing is left of it", () => readdirSync(`${root}.incoming`).length === 0);
  assert.equal(statSync(join(root, "shared/a")).size, 300_001);
  assert.equal(
    (await ask(web, "GET", "/shared/a")).status,
    200,
    "a client that goes is not a store that goes",
  );
});

test("a store that doesn't run, comes, hangs, and goes on", async () => {
  const { root, server, port } = await aStore();
  const web = await aWebServer(port, short);
  writeFileSync(join(root, "shared/a"), "here");
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  const away = await ask(web, "GET", "/shared/a");
  assert.equal(away.status, 503);
  assert.match(
    away.text,
    /^the store store \(127\.0\.0\.1:\d+\) refuses connections: its file service does not run\n$/,
  );
  assert.equal(away.headers["retry-after"], "1");
  assert.equal((await ask(web, "PUT", "/shared/b", { body: "x".repeat(500_000) })).status, 503);
  const isBack = async () => (await ask(web, "GET", "/shared/a")).text === "here";

  // One that accepts connections and answers nothing.
  const held = new Set<Socket>();
  const hanging = createTcpServer((socket) => void held.add(socket.on("error", () => {})));
  await listening(hanging, port);
  await eventually("that is told", async () =>
    /has not answered for 0.8 s/.test((await ask(web, "GET", "/shared/a")).text),
  );
  const start = performance.now();
  for (let i = 0; i < 10; i++) assert.equal((await ask(web, "GET", "/shared/a")).status, 503);
  assert.ok(performance.now() - start < 10 * short, "nobody waits for what is known");
  for (const socket of held) socket.destroy();
  hanging.close();

  await listening(
    fileService(new Storage(root, room), () => true),
    port,
  );
  await eventually("it is back", isBack);
});

test("a store that falls silent in the middle: no file looks whole, no upload hangs", async () => {
  const held = new Set<Socket>();
  const server = createTcpServer((socket) => {
    held.add(socket.on("error", () => {}));
    socket.once("data", (data) => {
      if (data.toString().startsWith("GET"))
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbeginning");
      else socket.pause();
    });
  });
  const port = await listening(server);
  const answer = await answerOf(begin(await aWebServer(port, short), "GET", "/shared/a").end());
  assert.equal(answer.statusCode, 200);
  await assert.rejects(async () => {
    for await (const _ of answer);
  });
  const upload = await ask(await aWebServer(port, short), "PUT", "/shared/a", {
    body: Buffer.alloc(20_000_000),
  });
  assert.equal(upload.status, 503);
  assert.match(upload.text, /has not answered for 0.8 s/);
  for (const socket of held) socket.destroy();
});

test("a client that reads slowly holds the store up, not the web server's memory", async () => {
  const size = 30_000_000;
  let sent = 0;
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Length": size });
    const more = () => {
      while (sent < size) {
        sent += 100_000;
        if (!response.write(Buffer.alloc(100_000))) {
          response.once("drain", more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  const web = await aWebServer(await listening(server), short);
  const client = connect(web, "127.0.0.1");
  client.pause();
  client.write("GET /shared/a HTTP/1.1\r\nHost: lab\r\nConnection: close\r\n\r\n");
  let before = -1;
  await eventually("nothing more is sent", async () => {
    const still = sent > 0 && sent === before;
    before = sent;
    await sleep(short * 0.7);
    return still;
  });
  assert.ok(sent < size, `${sent} bytes were sent`);
  let bytes = 0;
  for await (const chunk of client) bytes += chunk.length;
  assert.ok(bytes > size);
});

test("who is not served", async () => {
  const root = join(folder, `${++number}`);
  const port = await listening(fileService(new Storage(root), (address) => address !== "127.0.0.1"));
  const refused = await ask(port, "GET", "/");
  assert.deepEqual([refused.status, refused.text], [403, "this store does not serve 127.0.0.1\n"]);
});
