import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import { test } from "node:test";
import fc from "fast-check";
import { serveHttp } from "../http/serve.js";
import { memoryWires } from "../testing/index.js";
import { requestTexts } from "../testing/messages.js";
import { echo, Listener, Recorder, settled, testOptions } from "../testing/talk.js";

interface Read {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** What we read in a text. */
async function ours(text: string): Promise<Read[]> {
  const [near, far] = memoryWires();
  const whole: Read[] = [];
  const recorder = new Recorder((seen) => {
    const { method, target } = seen.exchange.request;
    whole.push({ method, target, body: seen.body });
    echo(seen);
  });
  serveHttp(far, testOptions, recorder);
  new Listener(near);
  near.write(text);
  near.end();
  await settled();
  return whole;
}

/** What Node's parser, llhttp, reads in it. */
async function theirs(text: string): Promise<Read[]> {
  const whole: Read[] = [];
  const server = createServer({ requireHostHeader: false }, (request: IncomingMessage, response) => {
    let body = "";
    request.on("data", (bytes: Buffer) => {
      body += bytes.toString("latin1");
    });
    request.on("end", () => {
      whole.push({ method: request.method ?? "", target: request.url ?? "", body });
      response.end("ok");
    });
    request.on("error", () => {});
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  const socket = new Duplex({ read() {}, write: (_bytes, _encoding, done) => done() });
  server.emit("connection", socket);
  socket.push(Buffer.from(text, "latin1"));
  await settled();
  socket.destroy();
  return whole;
}

test("no request that Node's parser takes, too, is read in another way", async () => {
  let both = 0;
  await fc.assert(
    fc.asyncProperty(requestTexts, async (text) => {
      const [we, they] = await Promise.all([ours(text), theirs(text)]);
      const common = Math.min(we.length, they.length);
      both += common;
      assert.deepEqual(we.slice(0, common), they.slice(0, common));
    }),
    { numRuns: 600 },
  );
  assert.ok(both > 10, `only ${both} were taken by both`);
});
