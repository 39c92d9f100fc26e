import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { test } from "node:test";
import { freePorts } from "../support/free-ports.js";
import { answering, ask, Client, ok, ownFolder, rawServer, serves, start, until } from "./haproxy-running.js";

const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const residentKiB = (pid: number): number =>
  Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

/** Servers that do what they shouldn't, by path. */
const wrong: Readonly<Record<string, (socket: Socket) => string | undefined>> = {
  "/hang": () => undefined,
  "/reset": (socket) => void socket.resetAndDestroy(),
  "/close": (socket) => void socket.destroy(),
  "/short": (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!"),
  "/long": () =>
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfive!HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
  "/garbage": () => "\0\x01\x02 this is no answer\r\n\r\n",
  "/half": (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
};

test("clients and servers that misbehave, and floods beyond every limit", linux, async (t) => {
  const [web = 0, few = 0, sink = 0] = await freePorts(3);
  const bad = await rawServer(
    t,
    answering(
      (head, socket) =>
        wrong[head.split(" ")[1]!]?.(socket) ?? (head.startsWith("GET /good") ? ok("good") : undefined),
    ),
  );
  let now = 0;
  let most = 0;
  const slow = await rawServer(t, (socket) =>
    answering(() => {
      now++;
      most = Math.max(most, now);
      setTimeout(() => {
        now--;
        socket.write(ok("slow"));
      }, 5);
      return undefined;
    })(socket),
  );
  const quick = await rawServer(
    t,
    answering(() => ok("quick")),
  );
  const { pid, said } = start(
    t,
    ownFolder(t),
    `global
  maxconn 60
defaults
  mode http
  timeout client 10s
  timeout http-request 300ms
  timeout connect 5s
  timeout queue 20s
  timeout server 10s
  default-server pool-purge-delay 100ms
frontend web
  bind 127.0.0.1:${web}
  use_backend queued if { path_beg /queued }
  use_backend slow if { path_beg /slow }
  use_backend quick if { path_beg /quick }
  default_backend bad
frontend few
  bind 127.0.0.1:${few}
  maxconn 10
  default_backend slow
frontend sink
  bind 127.0.0.1:${sink}
  timeout http-request 10s
  default_backend bad
backend bad
  timeout server 300ms
  retries 0
  server s 127.0.0.1:${bad}
backend queued
  server s 127.0.0.1:${slow} maxconn 2
backend slow
  server s 127.0.0.1:${slow}
backend quick
  server s 127.0.0.1:${quick}
`,
  );
  await serves(web, "/good");
  await ask(web, "/quick");
  const before = descriptors(pid);
  const lets = (what: string) => until(what, () => (descriptors(pid) <= before + 12 ? true : undefined));

  await t.test("slow heads are ended by 408, also when bytes keep coming; huge heads by 400", async () => {
    const slowly = Array.from({ length: 20 }, () => new Client(web).send("GET / HTTP/1.1\r\n"));
    const drip = setInterval(() => {
      for (const { socket } of slowly) if (socket.writable) socket.write("X");
    }, 50);
    await Promise.all(slowly.map((client) => client.until(/^HTTP\/1\.[01] 408/)));
    clearInterval(drip);
    for (const client of slowly) client.socket.destroy();
    assert.match(await ask(web, "/", `X-Large: ${"x".repeat(40_000)}\r\n`), /^HTTP\/1\.[01] 400/);
    assert.match(await ask(web, `/${"y".repeat(40_000)}`), /^HTTP\/1\.[01] 400/);
    const endless = new Client(web).send("GET / HTTP/1.1\r\n");
    for (let i = 0; i < 2000 && endless.over === undefined; i++) endless.send(`X-${i}: ${i}\r\n`);
    await endless.until(/^HTTP\/1\.[01] 400/);
    endless.socket.destroy();
  });

  for (const [what, port, path, count, limit] of [
    ["server's", web, "/queued", 40, 2],
    ["front end's", few, "/", 40, 10],
    ["process's", web, "/slow", 150, 60],
  ] as const)
    await t.test(`beyond the ${what} maxconn all wait, and all are answered`, async () => {
      most = 0;
      const answers = await Promise.all(Array.from({ length: count }, () => ask(port, path)));
      assert.equal(
        answers.filter((text) => text.endsWith("slow")).length,
        count,
        answers.find((text) => !text.endsWith("slow")),
      );
      assert.ok(most <= limit, `${most} at once, where ${limit} may be`);
    });

  await t.test("servers that hang, reset, close, lie or talk nonsense", async () => {
    for (const [path, pattern] of [
      ["/hang", /^HTTP\/1\.1 504/],
      ["/reset", /^HTTP\/1\.1 502/],
      ["/close", /^HTTP\/1\.1 502/],
      ["/garbage", /^HTTP\/1\.1 502/],
      ["/half", /^HTTP\/1\.1 502/],
    ] as const)
      assert.match(await ask(web, path), pattern, path);
    // Less than was promised: what came is given, and the connection ended.
    assert.match(await ask(web, "/short"), /content-length: 10\r\n[\s\S]*\r\n\r\nfive!$/i);
    // More than was promised is nobody's answer: not this client's, and not the next one's.
    const client = new Client(web).ask("/long");
    await client.until(/five!/);
    for (let i = 0; i < 5; i++) {
      client.text = "";
      client.ask("/good");
      assert.match(await client.until(/(good|evil)/), /good$/);
    }
    client.socket.destroy();
  });

  await t.test("clients that reset in the middle of a body, or of an answer", async () => {
    const clients = Array.from({ length: 20 }, () =>
      new Client(sink).send(
        "POST /sink HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n" + "z".repeat(20_000),
      ),
    );
    const gone = Array.from({ length: 20 }, () => new Client(web).ask("/hang"));
    await Promise.all(
      [...clients, ...gone].map(
        ({ socket }) =>
          new Promise((resolve) =>
            socket.connecting ? socket.once("connect", resolve) : resolve(undefined),
          ),
      ),
    );
    for (const { socket } of [...clients, ...gone]) socket.resetAndDestroy();
    assert.match(await ask(web, "/good"), /good$/);
    await lets("the descriptors of those who have gone");
  });

  await t.test("20 000 requests leave neither memory nor descriptors behind", async () => {
    const each = 200;
    const pipelined = "GET /quick HTTP/1.1\r\nHost: test\r\n\r\n".repeat(each);
    const round = async () => {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const client = new Client(web).send(pipelined);
          let seen = 0;
          client.socket.on("data", () => {
            // Counted from where it was, so that what is long isn't looked through again.
            seen += client.text.split("quick").length - 1;
            client.text = client.text.slice(client.text.lastIndexOf("quick") + 5).slice(-4);
          });
          await until("all answers", () => (seen === each ? true : undefined));
          client.socket.destroy();
        }),
      );
    };
    for (let i = 0; i < 3; i++) await round();
    const warm = residentKiB(pid);
    for (let i = 0; i < 7; i++) await round();
    const grown = residentKiB(pid) - warm;
    assert.ok(grown < 48 * 1024, `${grown} KiB more`);
    await lets("the descriptors of 20 000 requests");
  });
  assert.doesNotMatch(said(), /Error|at .*\.js/);
});
