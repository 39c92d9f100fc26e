import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect as netConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { Headers, listen, serveHttp } from "../../src/proxy/index.js";
import { requestTexts } from "../../src/proxy/testing/messages.js";
import { Recorder, testOptions } from "../../src/proxy/testing/talk.js";

const program = "/usr/sbin/haproxy";

/** Behind every text, so that a server which has read all of it closes. */
const last = "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n";
const patienceMs = 3000;

/** What a server answers to a text: the statuses, in their order. */
function statuses(path: string, text: string): Promise<number[]> {
  return new Promise((done) => {
    let came = "";
    const socket = netConnect(path, () => socket.write(Buffer.from(text + last, "latin1")));
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on("data", (bytes) => {
      came += bytes.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () =>
      done([...came.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map((each) => Number(each[1]))),
    );
  });
}

/** How many requests were answered before one was refused. */
function answered(all: readonly number[]): number {
  const refused = all.findIndex((each) => each !== 200);
  return refused < 0 ? all.length : refused;
}

const answer = (status: number) =>
  ({ status, reason: "OK", version: "1.1", headers: new Headers() }) as const;

test("what HAProxy refuses is refused, and what it answers once isn't answered twice", async (t) => {
  if (!existsSync(program)) {
    assert.notEqual(process.env["CI"], "true", "haproxy isn't installed");
    t.skip("needs haproxy");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "rondo-framing-"));
  const config = join(folder, "haproxy.cfg");
  const theirs = join(folder, "theirs");
  const own = join(folder, "own");
  writeFileSync(
    config,
    `global
  maxconn 1000
defaults
  mode http
  timeout client 1s
  timeout connect 5s
  timeout server 5s
frontend f
  bind ${theirs}
  http-request wait-for-body time 50ms
  http-request return status 200
`,
  );
  const haproxy = spawn(program, ["-db", "-f", config], { stdio: "ignore" });
  const listener = await listen(
    { path: own, handshakeTimeoutMs: 0 },
    {
      onAccept: () => true,
      onHandshakeFailed() {},
      onWire: (wire, at) => {
        const recorder = new Recorder((seen) => void seen.exchange.respond(answer(200), 0));
        recorder.onMalformed = (exchange) => void exchange.respond(answer(400), 0);
        serveHttp(wire, testOptions, recorder, at);
      },
    },
  );
  try {
    const end = Date.now() + 20_000;
    while ((await statuses(theirs, "")).length === 0) {
      assert.ok(Date.now() < end, "haproxy didn't start");
      await new Promise((done) => setTimeout(done, 20));
    }
    const texts = fc.sample(requestTexts, 150);
    const both = await Promise.all(
      texts.map(async (text) => [text, await statuses(theirs, text), await statuses(own, text)] as const),
    );
    // We may be stricter; where we go on, HAProxy does.
    for (const [text, they, we] of both)
      assert.ok(answered(we) <= answered(they), `${JSON.stringify(text)}: we ${we}, HAProxy ${they}`);
    const same = both.filter(([, they, we]) => answered(we) === answered(they)).length;
    assert.ok(same > 100, `only ${same} of ${texts.length} the same`);
  } finally {
    listener.close();
    haproxy.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
