import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readConfig } from "../../config/nginx/index.js";
import { silent } from "../../errors.js";
import { SharedMemory } from "../../proxy/index.js";
import { type StartSurroundings, startStream } from "./index.js";

/** Runs what stands within `stream`. */
async function started(text: string) {
  const openLog: StartSurroundings["openLog"] = () => () => {};
  const folder = mkdtempSync(join(tmpdir(), "rondo-stream-"));
  try {
    writeFileSync(join(folder, "nginx.conf"), `events {} stream { ${text} }`);
    const read = readConfig(join(folder, "nginx.conf"));
    assert.deepEqual(read.diagnostics, []);
    return await startStream(read.main.all("stream")[0]!, {
      log: silent,
      memory: new SharedMemory(),
      readText: () => "",
      openLog,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function echoServer() {
  const server = createServer((socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** A Unix socket's path: no port has to be chosen. */
function socketPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rondo-stream-"));
  context.after(() => rmSync(folder, { recursive: true }));
  return join(folder, "listen");
}

test("quitting lets sessions end by themselves, and takes no more", { timeout: 30_000 }, async (context) => {
  const origin = await echoServer();
  const path = socketPath(context);
  const run = await started(`server { listen unix:${path}; proxy_pass 127.0.0.1:${origin.port}; }`);
  const client = connect({ path });
  client.write("one");
  assert.equal(String((await once(client, "data"))[0]), "one");
  assert.equal(run.connections, 1);
  let quitted = false;
  const quitting = run.quit().then(() => {
    quitted = true;
  });
  const [refused] = await once(connect({ path }), "error");
  assert.match(String(refused), /ECONNREFUSED|ENOENT/);
  client.write("two");
  assert.equal(String((await once(client, "data"))[0]), "two");
  assert.equal(quitted, false);
  client.end();
  await quitting;
  assert.equal(run.connections, 0);
  origin.close();
});

test("a log's path may have variables", { timeout: 30_000 }, async (context) => {
  const path = socketPath(context);
  const log = `log_format f $status; access_log ${path}.$status-$bytes_sent.log f;`;
  const run = await started(`${log} server { listen unix:${path}; return four; }`);
  const client = connect({ path });
  client.resume();
  await once(client, "close");
  await run.quit();
  assert.equal(readFileSync(`${path}.200-4.log`, "utf8"), "200\n");
});

test("stopping ends sessions at once", { timeout: 30_000 }, async (context) => {
  const origin = await echoServer();
  const path = socketPath(context);
  const run = await started(`server { listen unix:${path}; proxy_pass 127.0.0.1:${origin.port}; }`);
  const client = connect({ path });
  client.write("one");
  await once(client, "data");
  const closed = once(client, "close");
  run.stop();
  await closed;
  assert.equal(run.connections, 0);
  origin.close();
});

test("what can't be bound, and what has no meaning, is told and leaves nothing open", async (context) => {
  const taken = await echoServer();
  const path = socketPath(context);
  const free = `server { listen unix:${path}; return x; }`;
  await assert.rejects(started(`${free} server { listen 127.0.0.1:${taken.port}; return x; }`), {
    code: "EADDRINUSE",
  });
  const [refused] = await once(connect({ path }), "error");
  assert.match(String(refused), /ECONNREFUSED|ENOENT/);
  taken.close();
  await assert.rejects(started("server { listen 127.0.0.1:1; return $nothing; }"), {
    message: 'unknown "nothing" variable',
  });
});
