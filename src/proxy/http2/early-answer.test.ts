import assert from "node:assert/strict";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { Headers } from "../http/headers.js";
import { openHttp } from "../http/open.js";
import { testOptions } from "../testing/talk.js";
import { connect } from "../wire/connect.js";
import type { Wire } from "../wire/wire.js";

test("a server that answers and resets the stream doesn't take the rest of the request", async () => {
  const server = createServer();
  // Whoever answers without reading: node:http2 sends RST_STREAM behind it, as RFC 9113 section 8.1 has it.
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    stream.respond({ ":status": 413 });
    stream.end("too large");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  const wire = await new Promise<Wire>((onConnected, onFailed) =>
    connect({ timeoutMs: 5000, host: "127.0.0.1", port }, { onConnected, onFailed }),
  );
  const connection = openHttp(wire, testOptions, "h2");
  const told: string[] = [];
  await new Promise<void>((done) => {
    const head = {
      method: "POST",
      target: "/",
      version: "1.1",
      headers: new Headers(["host"], ["a"]),
      scheme: undefined,
      authority: undefined,
    } as const;
    const { sink } = connection.request(head, 6, {
      onInform() {},
      onFailed: (why) => {
        told.push(why);
        done();
      },
      onResponse: ({ status }, source) => {
        told.push(String(status));
        source.handler = {
          onData: (bytes) => told.push(bytes.toString()),
          onEnd: () => told.push("end"),
          onBroken: (why) => told.push(why),
        };
        source.resume();
      },
    });
    sink.write(Buffer.from("abc"));
  });
  assert.deepEqual(told, ["413", "too large", "end", "reset"]);
  connection.close();
  server.close();
});
