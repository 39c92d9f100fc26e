import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { StandInStreams } from "../../../../test/support/haproxy-streams.js";
import { listen } from "../../../proxy/index.js";
import { Outcome } from "../../rules/outcome.js";
import type { RuleContext } from "../../rules/rule.js";

const place = { file: "test.cfg", line: 1, column: 1 };

/** `accept if { req.len gt 4 }`, then what is said for all others. */
function inspecting(requestDelayMs: number, otherwise: Outcome): StandInStreams {
  const streams = new StandInStreams({ log: "%ts %U", section: { mode: "tcp" } });
  streams.onConnect = (peer) => {
    peer.handler = {
      onData: (bytes) => void peer.write(bytes),
      onEnd: () => peer.end(),
      onDrain() {},
      onClose() {},
    };
    peer.resume();
    return true;
  };
  const length = ({ stream, final }: RuleContext) => {
    const come = stream?.requestBytes.length ?? 0;
    return come > 4 ? true : final ? false : undefined;
  };
  Object.assign(streams.streams.compiled(streams.proxy), {
    requestDelayMs,
    tcpRequest: [
      { test: length, run: () => Outcome.stop, place },
      { test: (context: RuleContext) => (context.final ? true : undefined), run: () => otherwise, place },
    ],
  });
  return streams;
}

async function line({ lines }: StandInStreams): Promise<string | undefined> {
  while (lines.length === 0) await new Promise((done) => setTimeout(done, 2));
  return lines[0];
}

test("bytes that came before the delay's end are seen, however late this process looks", async () => {
  const streams = inspecting(40, Outcome.deny);
  const [frontend] = streams.proxy.front?.listeners ?? [];
  assert.ok(frontend);
  const listener = await listen(
    { host: "127.0.0.1", port: 0, handshakeTimeoutMs: 0 },
    {
      onAccept: () => true,
      onHandshakeFailed() {},
      onWire(wire) {
        streams.streams.handler(streams.proxy).onWire(frontend, wire, streams.streams.now(), () => {});
        // Behind the sockets' turn, so that timers come next: the bytes are in the kernel when the delay is over.
        setImmediate(() => {
          client.write("hello");
          const until = performance.now() + 80;
          while (performance.now() < until);
        });
      },
    },
  );
  let got = "";
  const client = connect(listener.addresses[0]?.port ?? 0, "127.0.0.1");
  client.on("error", () => {});
  await new Promise<void>((done) => {
    client.on("data", (bytes) => {
      got += bytes;
      done();
    });
    client.on("close", () => done());
  });
  assert.equal(got, "hello");
  client.destroy();
  assert.match((await line(streams)) as string, / 5$/);
  listener.close();
});

test("the delay's end decides by what has come, and what comes later changes nothing", async () => {
  const streams = inspecting(20, Outcome.deny);
  const client = streams.connect();
  client.write("abc");
  assert.equal(await line(streams), "PR 3");
});

test("a client that is gone while it is looked at is judged all the same", async () => {
  for (const [otherwise, state] of [
    [Outcome.deny, "PR"],
    [Outcome.stop, "CR"],
  ] as const) {
    const streams = inspecting(60_000, otherwise);
    const client = streams.connect();
    client.write("abc");
    await new Promise(setImmediate);
    client.destroy(true);
    assert.equal(await line(streams), `${state} 3`);
  }
});
