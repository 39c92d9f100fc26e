import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import type { HaproxyConfig, LogTarget } from "../../config/haproxy/model/index.js";
import { LogRouter } from "./bus.js";
import { isoDate } from "./dates.js";
import { type LineAround, lineHeader } from "./header.js";
import { Ring } from "./ring.js";
import { Sampling } from "./sampling.js";

const place = { file: "x", line: 1, column: 1 };
const target = (more: Partial<LogTarget>): LogTarget => ({
  target: { kind: "stdout" },
  length: 1024,
  format: "local",
  facility: 16,
  maxLevel: 7,
  minLevel: 0,
  sample: undefined,
  place,
  ...more,
});
const config = (more: object = {}) =>
  ({ rings: [], global: { logSendHostname: undefined }, ...more }) as unknown as HaproxyConfig;

test("what stands before a line is as each format has it", () => {
  const date = new Date(2026, 10, 1, 2, 3, 4, 5).getTime() + 0.678;
  const around: LineAround = {
    facility: 16,
    level: 6,
    tag: "haproxy",
    pid: "42",
    host: undefined,
    structured: undefined,
    date,
  };
  const iso = isoDate(date);
  assert.match(iso, /^2026-11-01T02:03:04\.00567[78][+-]\d\d:\d\d $/);
  const of = (format: LogTarget["format"], more: object = {}) => lineHeader(format, { ...around, ...more });
  assert.equal(of("local"), "<134>Nov  1 02:03:04 haproxy[42]: ");
  assert.equal(of("local", { host: "h" }), "<134>Nov  1 02:03:04 h haproxy[42]: ");
  assert.equal(of("rfc3164"), "<134>Nov  1 02:03:04 localhost haproxy[42]: ");
  assert.equal(of("rfc5424"), `<134>1 ${iso}- haproxy 42 - - `);
  assert.equal(
    of("rfc5424", { host: "h", structured: '[a b="c"] ' }),
    `<134>1 ${iso}h haproxy 42 - [a b="c"] `,
  );
  assert.equal(of("timed"), `<6>${iso}`);
  assert.equal(of("iso"), iso);
  assert.equal(of("priority"), "<134>");
  assert.equal(of("short"), "<6>");
  assert.equal(of("raw"), "");
});

test("lines go by UDP to those whose levels fit, cut to their length", async () => {
  const socket = createSocket("udp4");
  const lines: string[] = [];
  socket.on("message", (bytes) => lines.push(bytes.toString("latin1")));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  const address = {
    kind: "inet",
    host: "127.0.0.1",
    family: 4,
    ports: { from: port, to: port },
    type: "datagram",
  } as const;
  const bus = new LogRouter(config(), 4711);
  const udp = (more: Partial<LogTarget>) => target({ target: { kind: "address", address }, ...more });
  const targets = [
    udp({ format: "priority", maxLevel: 4 }),
    udp({ format: "priority", minLevel: 5, length: 12 }),
    udp({ format: "raw" }),
  ];
  bus.send(targets, 6, "haproxy", "0123456789 caf\xe9\n");
  bus.send(targets, 3, "haproxy", "worse");
  while (lines.length < 5) await once(socket, "message");
  assert.deepEqual(lines, [
    "<134>0123456\n",
    "0123456789 caf\xe9\n",
    "<131>worse\n",
    "<133>worse\n",
    "worse\n",
  ]);
  assert.equal(bus.dropped, 0);
  bus.close();
  socket.close();
});

test("a ring keeps the newest lines, and its servers get them framed", async () => {
  const ring = new Ring("r", "mine", "raw", 10, 36);
  const around: LineAround = {
    facility: 0,
    level: 0,
    tag: "",
    pid: "",
    host: undefined,
    structured: undefined,
    date: 0,
  };
  for (const text of ["one", "two", "three which is long", "four", "five", "six"]) ring.write(text, around);
  assert.deepEqual([...ring.lines()], ["three whic", "four", "five", "six"]);
  const followed: string[] = [];
  const stop = ring.follow((text) => followed.push(text));
  ring.write("seven", around);
  stop();
  ring.write("eight", around);
  assert.deepEqual(followed, ["seven"]);
  assert.equal(ring.description, "type=buffer, 0 dropped, mine");

  let received = "";
  const server = createServer((socket) =>
    socket.on("data", (bytes) => {
      received += bytes.toString("latin1");
      server.emit("got");
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const address = {
    kind: "inet",
    host: "127.0.0.1",
    family: 4,
    ports: { from: port, to: port },
    type: "stream",
  };
  const section = {
    name: "requests",
    description: undefined,
    format: "raw",
    maxLength: 100,
    size: 1000,
    servers: [{ address, logProto: "octet-count" }],
    connectTimeoutMs: 1000,
  };
  const bus = new LogRouter(config({ rings: [section] }), 1);
  bus.send([target({ target: { kind: "ring", name: "requests" } })], 6, "t", "hello");
  bus.send([target({ target: { kind: "ring", name: "requests" } })], 6, "t", "bye");
  while (received.length < "5 hello3 bye".length) await once(server, "got");
  assert.equal(received, "5 hello3 bye");
  assert.deepEqual(
    bus.rings.map(({ name }) => name),
    ["buf0", "requests"],
  );
  bus.close();
  server.close();
});

test("samples take the lines of their ranges", () => {
  const sampling = new Sampling({
    ranges: [
      { from: 2, to: 3 },
      { from: 5, to: 5 },
    ],
    size: 5,
  });
  assert.equal(Array.from({ length: 10 }, () => (sampling.take() ? "x" : ".")).join(""), ".xx.x.xx.x");
});
