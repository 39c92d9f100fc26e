import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { connect } from "./connect.js";
import { chooseWires } from "./loop.js";
import type { Wire } from "./wire.js";

/** A server in a thread of its own: says something and ends, then tells so by the shared word. */
const server = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { createServer } = require("node:net");
  const word = new Int32Array(workerData);
  const listening = createServer((socket) => {
    socket.end("banner", () => {
      Atomics.store(word, 0, 1);
      Atomics.notify(word, 0);
    });
  });
  listening.listen(0, "127.0.0.1", () => parentPort.postMessage(listening.address().port));
`;

// node:net connects only when this thread goes on.
test("a server that has ended before the connection is looked at is told to have ended", {
  timeout: 30_000,
}, async () => {
  chooseWires("epoll");
  const shared = new SharedArrayBuffer(4);
  const worker = new Worker(server, { eval: true, workerData: shared });
  try {
    const [port] = (await once(worker, "message")) as [number];
    const connecting = new Promise<Wire>((onConnected, onFailed) =>
      connect({ host: "127.0.0.1", port, timeoutMs: 10_000 }, { onConnected, onFailed }),
    );
    assert.notEqual(Atomics.wait(new Int32Array(shared), 0, 0, 20_000), "timed-out");
    const wire = await connecting;
    let came = "";
    await new Promise<void>((ended) => {
      wire.handler = {
        onData: (bytes) => {
          came += bytes.toString();
        },
        onEnd: ended,
        onDrain() {},
        onClose() {},
      };
      wire.resume();
    });
    assert.equal(came, "banner");
    wire.destroy();
  } finally {
    await worker.terminate();
  }
});
