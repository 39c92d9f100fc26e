import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createServer as createTlsServer, connect as tlsConnect } from "node:tls";
import * as sys from "../../src/sys/index.js";
import { freePorts } from "../support/free-ports.js";
import {
  answering,
  ask,
  Client,
  command,
  ok,
  ownFolder,
  rawServer,
  serves,
  start,
  until,
} from "./haproxy-running.js";

const linux = { skip: process.platform === "linux" ? false : "needs Linux" };
const root = { skip: process.getuid?.() === 0 && process.platform === "linux" ? false : "needs root" };
const defaults = `defaults
  mode http
  timeout client 20s
  timeout connect 5s
  timeout server 20s
`;
const asks = "GET /ok HTTP/1.1\r\nHost: test\r\n\r\n";

test(
  "a soft stop lets go who was answered and asks nothing, and serves who has yet to ask; a hard stop ends the rest",
  linux,
  async (t) => {
    const folder = ownFolder(t);
    const [port = 0] = await freePorts(1);
    let held = 0;
    const silent = await rawServer(t, () => held++);
    const running = start(
      t,
      folder,
      `global
  hard-stop-after 700ms
${defaults}frontend web
  bind 127.0.0.1:${port}
  http-request return status 200 hdr stopping %[stopping] if { path /ok }
  default_backend silent
backend silent
  server s 127.0.0.1:${silent}
`,
    );
    await serves(port, "/ok");
    const [fresh, half, idle, kept, waits] = Array.from({ length: 5 }, () => new Client(port));
    half!.send(asks.slice(0, 20));
    idle!.send(asks);
    await idle!.until(/\r\n\r\n/);
    kept!.send(asks);
    await kept!.until(/\r\n\r\n/);
    kept!.send(asks.slice(0, 20));
    waits!.ask("/silent");
    await until("the request at the server", () => held > 0);
    running.child.kill("SIGUSR1");
    await idle!.untilOver();
    assert.equal(await ask(port, "/ok"), "", "nothing is accepted any more");
    for (const client of [half!, kept!]) client.send(asks.slice(20));
    fresh!.send(asks);
    for (const client of [half!, kept!, fresh!]) {
      await client.until(/stopping: 1\r\n[\s\S]*connection: close/i);
      client.socket.end();
    }
    await waits!.untilOver();
    assert.equal(await running.ended, 0, running.said());
    assert.match(running.said(), /soft-stop running for too long, performing a hard-stop\./);
    assert.match(running.said(), /Proxy silent stopped \(cumulated conns: FE: 0, BE: 1\)/);
  },
);

test("grace: the process serves on for a while, and says that it stops", linux, async (t) => {
  const [port = 0] = await freePorts(1);
  const running = start(
    t,
    ownFolder(t),
    `global
  grace 400ms
${defaults}frontend web
  bind 127.0.0.1:${port}
  http-request return status 503 if { stopping }
  http-request return status 200
`,
  );
  assert.match(await serves(port), /^HTTP\/1.1 200/);
  running.child.kill("SIGUSR1");
  await until("its word", () => /Scheduling a soft-stop in 400 ms\./.test(running.said()) || undefined);
  assert.match(await ask(port, "/"), /^HTTP\/1.1 503/);
  assert.equal(await running.ended, 0, running.said());
  assert.match(running.said(), /Grace period expired, proceeding with soft-stop now\./);
});

test("in a chroot and as another user: certificates, names, threads and commands", root, async (t) => {
  const folder = ownFolder(t);
  chmodSync(folder, 0o755);
  const jail = join(folder, "jail");
  mkdirSync(jail);
  const [port = 0, tls = 0] = await freePorts(2);
  const server = await rawServer(
    t,
    answering(() => ok("served")),
  );
  const pem = join(folder, "secret.pem");
  const fixtures = new URL("../../../test/fixtures/tls/", import.meta.url);
  writeFileSync(
    pem,
    ["certificate.pem", "key.pem"].map((name) => readFileSync(new URL(name, fixtures), "utf8")).join("\n"),
    { mode: 0o600 },
  );
  const stats = join(folder, "stats");
  const { pid, said } = start(
    t,
    folder,
    `global
  chroot ${jail}
  uid 65534
  gid 65534
  nbthread 2
  stats socket ${stats} level admin
${defaults}frontend web
  bind 127.0.0.1:${port}
  bind 127.0.0.1:${tls} ssl crt ${pem}
  default_backend shop
backend shop
  server s localhost:${server}
`,
  );
  assert.match(await serves(port), /served$/, said());
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  assert.match(status, /^Gid:\t65534\t65534\t65534\t65534$/m);
  assert.match(status, /^Groups:\t *$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  for (const thread of readdirSync(`/proc/${pid}/task`))
    assert.match(readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8"), /^Uid:\t65534\t65534/m);
  assert.equal(readlinkSync(`/proc/${pid}/root`), jail);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = tlsConnect({ port: tls, host: "127.0.0.1", rejectUnauthorized: false }, () =>
      socket.write("GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"),
    );
    let text = "";
    socket.on("data", (piece) => (text += piece));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
  assert.match(answer, /served$/);
  assert.match(await command(stats, "show info"), /^Pid: \d+$/m);
  assert.match(await command(stats, "show fd"), /isn't in the chroot/);
});

test("systemd, programs, the environment, and a master that outlives its worker", linux, async (t) => {
  const folder = ownFolder(t);
  const [port = 0, other = 0] = await freePorts(2);
  const notify = join(folder, "notify");
  const fd = sys.socket(sys.AF_UNIX, sys.SOCK_DGRAM | sys.SOCK_NONBLOCK);
  sys.bind(fd, sys.unixAddress(notify));
  t.after(() => sys.close(fd));
  const heard: string[] = [];
  const buffer = Buffer.alloc(4096);
  const hear = () => {
    for (let length = sys.receive(fd, buffer); length !== undefined; length = sys.receive(fd, buffer))
      heard.push(buffer.toString("utf8", 0, length));
    return heard;
  };
  const env = join(folder, "env");
  const stats = join(folder, "stats");
  const socket = join(folder, "master");
  const running = start(
    t,
    folder,
    `global
  master-worker no-exit-on-failure
  setenv COLOUR blue
  stats socket ${stats}
${defaults}frontend web
  bind 127.0.0.1:${port}
  http-request return status 200 hdr cli %[env(HAPROXY_CLI)] hdr colour %[env(COLOUR)]
frontend other
  bind 127.0.0.1:${other}
  http-request return status 200
program stays
  command sh -c 'env > ${env}.new; mv ${env}.new ${env}; exec sleep 1000'
program once
  command sleep 1001
  no option start-on-reload
`,
    ["-Ws", "-S", socket],
    { NOTIFY_SOCKET: notify },
  );
  const listed = () => command(socket, "show proc");
  t.after(async () => {
    for (const [, pid] of (await listed()).matchAll(/^(\d+) +(?:worker|stays|once) /gm))
      process.kill(Number(pid), "SIGKILL");
  });
  assert.match(await serves(port), new RegExp(`cli: unix@${stats}\r\ncolour: blue`));
  await until(
    "READY",
    () => hear().some((text) => text.startsWith(`READY=1\nMAINPID=${running.pid}\n`)) || undefined,
  );
  const text = await until("the program's environment", () => {
    try {
      return readFileSync(env, "utf8");
    } catch {
      return undefined;
    }
  });
  for (const line of [
    "HAPROXY_MWORKER=1",
    `HAPROXY_CLI=unix@${stats}`,
    `HAPROXY_MASTER_CLI=unix@${socket}`,
    `HAPROXY_CFGFILES=${join(folder, "haproxy.cfg")}`,
    "COLOUR=blue",
  ])
    assert.ok(text.split("\n").includes(line), `${line} in ${text}`);
  assert.match(text, /^HAPROXY_LOCALPEER=./m);

  // Each of these leaves nothing that listens with nobody behind it.
  await command(socket, "@1 shutdown frontend other");
  await until("the refusal", async () => (await ask(other, "/")) === "" || undefined);
  heard.length = 0;
  running.child.kill("SIGUSR2");
  const table = await until("the reload", async () => {
    const now = await listed();
    return hear().some((each) => each.startsWith("READY=1")) && !now.includes("# old") ? now : undefined;
  });
  assert.match(heard.join("\n"), /^RELOADING=1\nMONOTONIC_USEC=\d+/);
  assert.match(table, /^\d+ +stays +0 /m);
  assert.doesNotMatch(table, / once /);
  assert.match(await ask(other, "/"), /^HTTP\/1.1 200/, "a reload listens again");
  process.kill(Number(/^(\d+) +worker /m.exec(table)![1]), "SIGKILL");
  await until("the worker's end", async () => !(await listed()).includes(" worker ") || undefined);
  assert.equal(await ask(port, "/"), "", "nobody would answer");
  running.child.kill("SIGUSR2");
  assert.match(await serves(port), /^HTTP\/1.1 200/);
  running.child.kill("SIGTERM");
  await running.ended;
  assert.match(hear().at(-1)!, /^STOPPING=1/);
});

test(
  "connections through SOCKS4, from others' addresses, from a range of ports; a ring over TLS",
  root,
  async (t) => {
    const folder = ownFolder(t);
    const [port = 0, first = 0] = await freePorts(2);
    const seen: string[] = [];
    const server = await rawServer(t, (socket) =>
      answering(() => ok(`from ${socket.remoteAddress} ${socket.remotePort}`))(socket),
    );
    const socks = await rawServer(t, (socket) =>
      socket.once("data", (bytes) => {
        seen.push(bytes.toString("latin1"));
        if (bytes.readUInt16BE(2) === 8081) socket.end(Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]));
        else {
          socket.write(Buffer.from([0, 90, 0, 0, 0]));
          setImmediate(() => socket.write(Buffer.alloc(3)));
          answering(() => ok("by proxy"))(socket);
        }
      }),
    );
    const fixture = (name: string) =>
      readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url));
    let logged = "";
    const collector = createTlsServer(
      { cert: fixture("certificate.pem"), key: fixture("key.pem") },
      (socket) => {
        socket.on("data", (piece) => (logged += piece));
        socket.on("error", () => {});
        t.after(() => socket.destroy());
      },
    );
    collector.listen(0, "127.0.0.1");
    await new Promise((resolve) => collector.once("listening", resolve));
    t.after(() => collector.close());
    const { port: collecting } = collector.address() as { port: number };
    start(
      t,
      folder,
      `ring far
  format rfc5424
  maxlen 1200
  size 32764
  timeout connect 5s
  server c 127.0.0.1:${collecting} ssl verify none log-proto octet-count
${defaults}  log ring@far local0
  option httplog
frontend web
  bind 127.0.0.1:${port}
  use_backend %[path,field(2,/)]
backend socks
  server s 192.0.2.9:8080 socks4 127.0.0.1:${socks}
backend refused
  retries 0
  server s 192.0.2.9:8081 socks4 127.0.0.1:${socks}
backend clientip
  source 0.0.0.0 usesrc clientip
  server s 127.0.0.1:${server}
backend field
  source 0.0.0.0 usesrc hdr_ip(x-forwarded-for,-1)
  server s 127.0.0.1:${server}
backend range
  server s 127.0.0.1:${server} source 127.0.0.3:${first}-${first + 7}
`,
    );
    await serves(port, "/none");
    assert.match(await ask(port, "/socks"), /by proxy$/);
    assert.equal(seen[0], "\x04\x01\x1f\x90\xc0\x00\x02\x09HAProxy\0");
    assert.match(await ask(port, "/refused"), /^HTTP\/1.1 503/);
    assert.match(await ask(port, "/clientip", "", "127.0.0.77"), /from 127\.0\.0\.77 /);
    assert.match(
      await ask(port, "/field", "X-Forwarded-For: 127.0.0.8, 127.0.0.9\r\n"),
      /from 127\.0\.0\.9 /,
    );
    const clients = Array.from({ length: 4 }, () => new Client(port).ask("/range"));
    const ports = await Promise.all(
      clients.map(async (client) =>
        Number(/from 127\.0\.0\.3 (\d+)$/.exec(await client.until(/from .* \d+$/))?.[1]),
      ),
    );
    for (const each of ports) assert.ok(each >= first && each <= first + 7, `${each} in ${first}`);
    for (const client of clients) client.socket.destroy();
    await until("the ring's lines", () => / \/socks HTTP/.test(logged) || undefined);
    assert.match(logged, /^\d+ <134>1 /);
  },
);
