import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { once, setMaxListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import packet from "dns-packet";
import { at, check, endpoint, server, virtual } from "../../../test/support/keepalived-config.js";
import type { HttpUrl } from "../../config/keepalived/model/index.js";
import { ReadySet, runScript } from "../../sys/index.js";
import type { Answer } from "./answer.js";
import { ask } from "./ask.js";

let sockets: ReadySet | undefined;
const world = { runScript, sockets: () => (sockets ??= new ReadySet()) };
after(() => sockets?.close());

/** Asks with a check that is to find `where`. */
function asking(one: ReturnType<typeof check>, signal = new AbortController().signal): Promise<Answer> {
  const real = server("127.0.0.1:80", [one]);
  return ask({ check: one, server: real, virtual: virtual("127.0.0.9:80", [real]), url: 0 }, world, signal);
}

/** A server that does one thing with every connection; where it is. */
async function serving(
  work: (socket: Socket) => void,
  make: (work: (socket: Socket) => void) => Server = (handle) =>
    createServer({ allowHalfOpen: true }, handle),
) {
  const open = new Set<Socket>();
  const listener = make((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    work(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  return {
    where: endpoint(`127.0.0.1:${port}`),
    close() {
      for (const socket of open) socket.destroy();
      listener.close();
    },
  };
}

const timing = { connectTimeout: 10_000 };
/** Where nobody is going to answer. */
const soon = { connectTimeout: 150 };
const timingFor = (expected: string) => (/timeout/i.test(expected) ? soon : timing);
const outcomes = (answer: Answer) => `${answer.outcome}: ${answer.detail}`;

/** A port that nobody listens on. */
async function closedPort() {
  const { where, close } = await serving(() => {});
  close();
  return where;
}

test("TCP_CHECK: accepted, refused, bound to an address and a port, and a host that never answers", async () => {
  const { where: connect, close } = await serving(() => {});
  assert.equal(outcomes(await asking(check("TCP_CHECK", { connect }))), "passed: connected");
  const free = await closedPort();
  const bind = { address: endpoint("127.0.0.3:1").address, port: free.port };
  assert.equal(outcomes(await asking(check("TCP_CHECK", { connect, bind }))), "passed: connected");
  const wrong = { address: endpoint("192.0.2.1:1").address };
  assert.equal((await asking(check("TCP_CHECK", { connect, bind: wrong }))).outcome, "unknown");
  close();
  assert.equal(outcomes(await asking(check("TCP_CHECK", { connect: free }))), "failed: failed");
});

const url = (more: Partial<HttpUrl> = {}): HttpUrl => ({ path: "/", status: [], at, ...more });
const regex = (pattern: string, more: object = {}) => ({
  regex: { pattern, noMatch: false, options: [], minimumOffset: 0, ...more },
});

test("HTTP_GET: status, digest and expression of what a server says, whole, cut, slow, silent or rubbish", async () => {
  const body = "hello world\nsecond line\n";
  const digest = createHash("md5").update(body).digest("hex");
  const page = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const cases: [string, (socket: Socket) => void, Partial<HttpUrl>][] = [
    ["passed: HTTP status code", (socket) => socket.end(page), {}],
    // It says how long it is: nobody waits for its end.
    ["passed: HTTP status code", (socket) => socket.write(page), {}],
    ["passed: MD5 digest", (socket) => socket.end(page), { digest }],
    ["failed: MD5 digest error to", (socket) => socket.end(page), { digest: digest.replace(/^./, "x") }],
    ["passed: Regex match", (socket) => socket.end(page), regex("w.rld$", { options: ["multiline"] })],
    ["failed: Regex match failed", (socket) => socket.end(page), regex("mars")],
    ["passed: Regex match", (socket) => socket.end(page), regex("mars", { noMatch: true })],
    ["failed: HTTP status code error to", (socket) => socket.end("HTTP/1.1 503 No\r\n\r\n"), {}],
    [
      "passed: HTTP status code",
      (socket) => socket.end("HTTP/1.1 503 No\r\n\r\n"),
      { status: [{ from: 500, to: 503 }] },
    ],
    ["failed: Read, no data received from ", (socket) => socket.end(), {}],
    ["failed: Read, no data received from ", (socket) => socket.end("SSH-2.0-OpenSSH\r\n"), {}],
    ["failed: HTTP status code error to", (socket) => socket.end("rubbish\r\n\r\n"), {}],
    ["failed: Timeout WEB read", () => {}, {}],
    ["failed: Timeout HTTP read", (socket) => socket.write("HTTP/1.1 200 OK\r\n\r\nhalf"), {}],
    ["failed: Read error with", (socket) => void setTimeout(() => socket.resetAndDestroy(), 20), {}],
    ["failed: Answer is too long from", (socket) => flood(socket, "HTTP/1.1 200 OK\r\nX: "), {}],
  ];
  for (const [expected, work, more] of cases) {
    const { where: connect, close } = await serving(work);
    const answer = await asking(
      check("HTTP_GET", { connect, timing: timingFor(expected), urls: [url(more)] }),
    );
    close();
    assert.equal(outcomes(answer), expected);
  }
});

function flood(socket: Socket, first: string): void {
  socket.write(first);
  const more = () => {
    while (socket.write("x".repeat(65_536)));
  };
  socket.on("drain", more);
  more();
}

test("HTTP_GET: one byte every now and then holds it up no longer than four steps", async () => {
  const { where: connect, close } = await serving((socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const timer = setInterval(() => socket.write("x"), 20);
    socket.on("close", () => clearInterval(timer));
  });
  const answer = await asking(check("HTTP_GET", { connect, timing: { connectTimeout: 250 }, urls: [url()] }));
  close();
  assert.equal(outcomes(answer), "failed: Timeout HTTP read");
});

test("the question has the real one's words, the url's own host first, and its protocols", async () => {
  let heard = "";
  const { where: connect, close } = await serving((socket) =>
    socket.on("data", (bytes) => {
      heard += bytes;
      socket.end("HTTP/1.0 200 OK\r\n\r\n");
    }),
  );
  const question = async (more: object) => {
    heard = "";
    await asking(check("HTTP_GET", { connect, timing, urls: [url({ path: "/a?b" })], ...more }));
    return heard;
  };
  const own = `Host: 127.0.0.1:${connect.port}\r\n\r\n`;
  const first = "GET /a?b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\n";
  assert.equal(await question({}), first + own);
  assert.equal(await question({ httpProtocol: "1.0c" }), `${first}Connection: close\r\n${own}`);
  assert.equal(
    await question({
      httpProtocol: "1.1",
      virtualHost: "a.example",
      urls: [url({ virtualHost: "b.example" })],
    }),
    "GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: b.example\r\n\r\n",
  );
  close();
});

test("SSL_GET: a certificate of its own making is good; SNI if it is wanted; no TLS and no handshake are failures", async () => {
  const fixture = (name: string) =>
    readFileSync(new URL(`../../../../test/fixtures/tls/${name}.pem`, import.meta.url));
  const names: unknown[] = [];
  const { where: connect, close } = await serving(
    (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nsecret"),
    (work) =>
      createTlsServer({ cert: fixture("certificate"), key: fixture("key") }, (socket) => {
        names.push((socket as unknown as { servername: unknown }).servername);
        work(socket);
      }),
  );
  const urls = [url({ digest: createHash("md5").update("secret").digest("hex"), virtualHost: "a.example" })];
  const more = { timing, urls };
  assert.equal(outcomes(await asking(check("SSL_GET", { connect, ...more }))), "passed: MD5 digest");
  assert.equal(
    outcomes(await asking(check("SSL_GET", { connect, ...more, sni: true }))),
    "passed: MD5 digest",
  );
  assert.deepEqual(names, [false, "a.example"]);
  close();
  const plain = await serving((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  const answer = await asking(check("SSL_GET", { connect: plain.where, timing, urls }));
  assert.equal(outcomes(answer), "failed: SSL handshake/communication error connecting to");
  plain.close();
  const silent = await serving(() => {});
  assert.equal(
    outcomes(await asking(check("SSL_GET", { connect: silent.where, timing: soon, urls }))),
    "failed: Timeout connecting",
  );
  silent.close();
});

test("SMTP_CHECK: the whole dialogue, replies of several lines, and every way to fail", async () => {
  const dialogue = (banner: string, helo: string, quit: string | undefined) => (socket: Socket) => {
    socket.write(banner);
    socket.on("data", (bytes) => {
      if (/^HELO \S+\r\n$/.test(`${bytes}`)) socket.write(helo);
      else if (quit === undefined) socket.end();
      else socket.end(quit);
    });
  };
  const cases: [RegExp, (socket: Socket) => void][] = [
    [/^passed/, dialogue("220 here\r\n", "250 hi\r\n", "221 bye\r\n")],
    [/^passed/, dialogue("220-here\r\n220-and\r\n220 there\r\n", "250-a\r\n250 b\r\n", "221\r\n")],
    [/^failed: Bad greeting banner from server \[127/, dialogue("554 no\r\n", "", "")],
    [/^failed: Bad greeting/, dialogue("hello\r\n", "", "")],
    [/^failed: Bad greeting/, dialogue("220-a\r\n250 b\r\n", "", "")],
    [/^failed: Bad greeting/, (socket) => flood(socket, "220-")],
    [/^failed: Bad HELO response/, dialogue("220 here\r\n", "502 what\r\n", "")],
    [/^failed: Read failure/, dialogue("220 here\r\n", "250 hi\r\n", undefined)],
    [/^failed: Read timeout/, dialogue("22", "", "")],
  ];
  for (const [expected, work] of cases) {
    const { where: connect, close } = await serving(work);
    const one = check("SMTP_CHECK", { connect, timing: timingFor(expected.source) });
    assert.match(outcomes(await asking(one)), expected);
    close();
  }
  const connect = await closedPort();
  assert.match(
    outcomes(await asking(check("SMTP_CHECK", { connect, timing }))),
    /^failed: Could not connect/,
  );
});

/** A UDP server that answers as it is told. */
async function datagrams(answer: (bytes: Buffer) => readonly Uint8Array[]) {
  const socket = createSocket("udp4", (bytes, from) => {
    for (const reply of answer(bytes)) socket.send(reply, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { where: endpoint(`127.0.0.1:${socket.address().port}`), close: () => socket.close() };
}

test("DNS_CHECK: an answer without error to our question, past rubbish and others' answers", async () => {
  const reply = (bytes: Buffer, more: number, id = bytes.readUInt16BE(0)) => {
    const { questions } = packet.decode(bytes);
    return packet.encode({ type: "response", id, flags: more, ...(questions && { questions }) });
  };
  const cases: [string, (bytes: Buffer) => readonly Uint8Array[]][] = [
    ["passed: answered", (bytes) => [reply(bytes, 0)]],
    [
      "passed: answered",
      (bytes) => [Buffer.from("x"), reply(bytes, 0, 1 ^ bytes.readUInt16BE(0)), bytes, reply(bytes, 0)],
    ],
    ["failed: read error occurred. (rcode = 3)", (bytes) => [reply(bytes, 3)]],
    ["failed: read timeout from socket", (bytes) => [bytes]],
  ];
  for (const [expected, work] of cases) {
    const { where: connect, close } = await datagrams(work);
    assert.equal(
      outcomes(await asking(check("DNS_CHECK", { connect, timing: timingFor(expected), name: "a.example" }))),
      expected,
    );
    close();
  }
  const connect = await closedPort();
  assert.equal(
    outcomes(await asking(check("DNS_CHECK", { connect, timing }))),
    "failed: failed to read socket; errno 111 (Connection refused)",
  );
});

test("UDP_CHECK: silence is good unless a reply is required; masks, lengths, and ICMP's objection", async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const required = {
    requireReply: true,
    reply: { bytes: Uint8Array.of(1, 0xf2), mask: Uint8Array.of(0, 0xf0) },
  };
  let payload: Buffer = Buffer.alloc(0);
  const echoing = await datagrams((heard) => {
    payload = heard;
    return [bytes];
  });
  const silent = await datagrams(() => []);
  const closed = await closedPort();
  const udp = async (connect: typeof closed, more: object = {}) =>
    outcomes(await asking(check("UDP_CHECK", { connect, timing, ...more })));
  assert.equal(await udp(echoing.where), "passed: reply");
  assert.equal(`${payload}`, "keepalived check - keepalived ch");
  assert.equal(await udp(echoing.where, { ...required, payload: Uint8Array.of(7) }), "passed: reply");
  assert.deepEqual([...payload], [7]);
  assert.equal(await udp(echoing.where, { ...required, maximumReply: 3 }), "failed: mismatch");
  const other = { bytes: Uint8Array.of(1, 0xf3), mask: Uint8Array.of(0, 0xf0) };
  assert.equal(await udp(echoing.where, { ...required, reply: other }), "failed: mismatch");
  assert.equal(await udp(silent.where, { timing: soon }), "passed: nobody objects");
  assert.equal(await udp(silent.where, { requireReply: true, timing: soon }), "failed: failed");
  assert.equal(await udp(closed), "failed: failed");
  echoing.close();
  silent.close();
});

test("MISC_CHECK: statuses, misc_dynamic, a signal, a timeout, and a script that isn't there", async () => {
  const misc = async (argv: [string, ...string[]], more: object = {}) =>
    outcomes(await asking(check("MISC_CHECK", { command: { argv, at }, timeout: 5000, ...more })));
  const sh = (script: string): [string, ...string[]] => ["/bin/sh", "-c", script];
  assert.equal(await misc(["/bin/true"]), "passed: exited with status 0");
  assert.equal(await misc(sh("exit 7")), "failed: exited with status 7");
  assert.equal(await misc(sh("exit 7"), { dynamic: true }), "passed: exited with status 7");
  assert.equal(await misc(sh("exit 1"), { dynamic: true }), "failed: exited with status 1");
  assert.equal(await misc(sh("kill -9 $$")), "failed: due to signal SIGKILL");
  assert.equal(await misc(sh("sleep 60"), { timeout: 100 }), "failed: timed out");
  assert.match(await misc(["/nowhere/script"]), /^failed: .*nowhere/);
});

test("whoever is called off ends at once, and no descriptor stays behind", async () => {
  const { where: connect, close } = await serving(() => {});
  const silent = await datagrams(() => []);
  await asking(check("TCP_CHECK", { connect }));
  await asking(check("UDP_CHECK", { connect: silent.where, timing: soon }));
  const descriptors = () => readdirSync("/proc/self/fd").length;
  const before = descriptors();
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const slow = { timing: { connectTimeout: 60_000 } };
  const all = [
    ...Array.from({ length: 50 }, () => check("HTTP_GET", { connect, urls: [url()], ...slow })),
    ...Array.from({ length: 50 }, () => check("SSL_GET", { connect, urls: [url()], ...slow })),
    ...Array.from({ length: 50 }, () => check("SMTP_CHECK", { connect, ...slow })),
    ...Array.from({ length: 50 }, () => check("UDP_CHECK", { connect: silent.where, ...slow })),
    ...Array.from({ length: 50 }, () => check("DNS_CHECK", { connect: silent.where, ...slow })),
    check("MISC_CHECK", { command: { argv: ["/bin/sleep", "60"], at }, timeout: 60_000 }),
  ].map((one) => asking(one, stop.signal));
  setTimeout(() => stop.abort(), 100);
  for (const answer of await Promise.all(all)) assert.equal(outcomes(answer), "unknown: stopped");
  close();
  silent.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(descriptors() <= before, `${descriptors()} after ${before}`);
});

test("a thousand connects at once", async () => {
  const { where: connect, close } = await serving((socket) => socket.resume());
  const all = Array.from({ length: 1000 }, () =>
    asking(check("TCP_CHECK", { connect, timing: { connectTimeout: 20_000 } })),
  );
  for (const answer of await Promise.all(all)) assert.equal(outcomes(answer), "passed: connected");
  close();
});
