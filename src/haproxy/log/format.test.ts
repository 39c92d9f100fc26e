import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packageRoot } from "../../package-root.js";
import { PatternStore } from "../patterns/index.js";
import { createCompiler } from "../samples/index.js";
import { processOf, requestContext, streamOf } from "../samples/testing/context.js";
import { sint } from "../samples/value.js";
import { readFormat } from "./testing/format.js";

/** Log lines of HAProxy 2.6.12 for two requests, by the format; each front end had its own, from `port` on. */
const { requests, port, results } = JSON.parse(
  readFileSync(`${packageRoot}test/fixtures/haproxy/samples/log.json`, "utf8"),
) as { requests: string[]; port: number; results: [string, string, string][] };

const captureNames = ["x-a", "x-b", "x-none"];

test("log lines are HAProxy's, byte for byte", () => {
  const process_ = processOf({});
  const compiler = createCompiler(() => process_, new PatternStore());
  const wrong: string[] = [];
  results.forEach(([format, ...lines], number) => {
    requests.forEach((request, which) => {
      const context = requestContext(request.replace("abs.example:80/abs", "abs.example/abs"), {
        times: {
          idleFrom: 0,
          firstByte: 0,
          request: 0,
          queued: -1,
          connected: -1,
          response: -1,
          end: 0,
          requestDate: 0,
        },
        endedBy: "L",
        endedIn: "R",
        retries: 0,
        serverQueue: 0,
        backendQueue: 0,
      });
      const stream = streamOf(context);
      const headers = stream.http?.request.headers;
      const { section } = stream.frontend as { section: object };
      Object.assign(stream.frontend, { name: `fe${number}` });
      Object.assign(section, {
        requestCaptures: captureNames.map((name) => ({ name, length: 60 })),
        responseCaptures: [{}],
      });
      Object.assign(stream.destination, { port: port + number });
      captureNames.forEach((name, slot) => {
        stream.requestCaptures[slot] = headers?.get(name);
      });
      stream.variables.txn.set("num", sint(42));
      const line = compiler.format(readFormat(`<${format}>`), "log")(context);
      const expected = (lines[which] as string).replace(/\n$/, "");
      if (line !== expected) wrong.push(`${format}\n  real ${expected}\n  ours ${line}`);
    });
  });
  assert.deepEqual(wrong, []);
});

const plainFlags =
  "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r";

test("httplog's line is put together from a stream's times and counters", () => {
  const count = (value: number) => ({ value });
  const front = { sessions: count(1) };
  const process_ = processOf({ proxies: [{ front }] });
  const compiler = createCompiler(() => process_, new PatternStore());
  const frontend = {
    name: "web",
    front,
    section: { options: {}, requestCaptures: [], responseCaptures: [], mode: "http" },
  };
  const backend = { ...frontend, back: { sessions: count(2) } };
  const accepted = new Date(2026, 10, 21, 1, 52, 41, 400).getTime();
  const context = requestContext("GET / HTTP/1.1\r\nHost: a\r\n\r\n", {
    frontend,
    backend,
    server: { name: "s1", sessions: count(3) },
    times: {
      idleFrom: 1000,
      firstByte: 1079.9,
      request: 1080,
      queued: 1083.2,
      connected: 1084,
      response: 1090.9,
      end: 1095,
      requestDate: accepted + 79,
    },
    bytesOut: 117,
    endedBy: "-",
    endedIn: "-",
    retries: 2,
    redispatched: true,
    serverQueue: 4,
    backendQueue: 5,
  });
  Object.assign(context.session as object, { acceptDate: accepted, acceptTime: 1000 });
  assert.equal(
    compiler.format(readFormat(plainFlags), "log")(context),
    '127.0.0.1:40000 [21/Nov/2026:01:52:41.479] web web/s1 1/3/1/6/16 200 117 - - ---- 1/1/2/3/+2 4/5 "GET / HTTP/1.1"',
  );
  const asap = { ...frontend, section: { ...frontend.section, options: { logAsap: true } } };
  Object.assign(streamOf(context), { frontend: asap });
  assert.equal(compiler.format(readFormat("%Ta %Tt %B %Tq %Ti %Td"), "log")(context), "+16 +95 +117 80 79 5");
});

test("formats of headers encode control characters; names are left as they are", () => {
  const compiler = createCompiler(() => processOf({}), new PatternStore());
  const context = requestContext("GET /x HTTP/1.1\r\nX: a\tb\x01\r\n\r\n");
  const format = readFormat("[%[req.hdr(x)]%[req.hdr(none)]]");
  assert.equal(compiler.format(format)(context), "[a\tb%01]");
  assert.equal(compiler.format(format, "plain")(context), "[a\tb\x01]");
  assert.equal(compiler.format(format, "log")(context), "[a\tb\x01-]");
});
