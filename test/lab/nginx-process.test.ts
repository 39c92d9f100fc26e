import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  AF_UNIX,
  bind,
  close,
  receive,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  socket,
  unixAddress,
} from "../../src/sys/index.js";
import { ask, Client, ok, rawServer, until } from "./haproxy-running.js";
import { freeUdpPort, isThere, NginxPlace, udpPeer } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

const answer = (text: string) => `location / { return 200 "${text} $pid"; }`;

test("it goes into the background when it serves, has a pid file, and is stopped by it", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  assert.deepEqual(place.run(), { status: 0, stdout: "", stderr: "" });
  const pid = Number(place.read("nginx.pid"));
  t.after(() => isThere(pid) && process.kill(pid, "SIGKILL"));
  assert.match(readFileSync(`/proc/${pid}/cmdline`, "latin1"), /^nginx: master process nginx -p /);
  assert.equal(readFileSync(`/proc/${pid}/comm`, "latin1"), "nginx\n");
  // It serves by now: nothing is to be waited for.
  assert.match(
    await ask(place.port, "/"),
    /^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.22\.1\r\n[\s\S]*one \d+$/,
  );
  const [worker] = place.workers as [number];
  assert.equal(place.run("-s", "stop").status, 0);
  await until("the end of the master", () => !isThere(pid));
  assert.equal(isThere(worker), false);
  assert.equal(place.read("nginx.pid"), "");
  assert.match(place.read("error.log"), /signal 15 \(SIGTERM\) received, exiting\n[\s\S]* exit\n$/);
  assert.match(place.read("access.log"), /^127\.0\.0\.1 - - \[.*\] "GET \/ HTTP\/1\.1" 200 /);
});

test("a reload loses no request, and serves what the file says then", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const workers = { main: "worker_processes 2;" };
  place.configure(answer("one"), workers);
  await place.start(t);
  let going = true;
  const counts: Record<string, number> = {};
  const load = Promise.all(
    [1, 2, 3].map(async () => {
      while (going) {
        const text = await ask(place.port, "/");
        const key = /(one|two|three) \d+$/.exec(text)?.[1] ?? `wrong: ${text}`;
        counts[key] = (counts[key] ?? 0) + 1;
      }
    }),
  );
  for (const next of ["two", "three"]) {
    place.configure(answer(next), workers);
    assert.equal(place.run("-s", "reload").status, 0);
    await until(`an answer of ${next}`, () => (counts[next] ?? 0) > 20);
  }
  going = false;
  await load;
  assert.deepEqual(Object.keys(counts).sort(), ["one", "three", "two"]);
  const old = place.workers.slice(0, 4);
  await until("the end of the old workers", () => old.every((pid) => !isThere(pid)));
  assert.deepEqual(place.workers.slice(4).map(isThere), [true, true]);
  for (const pid of old) await place.logged(new RegExp(`worker process ${pid} exited with code 0`));
});

test("a new address is bound by a reload, and one that isn't said any more is given up", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const other = await NginxPlace.make(t);
  place.configure(`listen 127.0.0.1:${other.port}; ${answer("one")}`);
  await place.start(t);
  assert.match(await ask(other.port, "/"), /one/);
  place.configure(answer("two"));
  place.run("-s", "reload");
  await until("no answer there", async () => (await ask(other.port, "/")) === "");
  place.configure(`listen 127.0.0.1:${other.port}; ${answer("three")}`);
  place.run("-s", "reload");
  await until("an answer there", async () => /three/.test(await ask(other.port, "/")));
});

test(
  "an address beside all addresses of its port has no socket of its own, and its own servers",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    place.configure(answer("one"), { http: `server { listen ${place.port}; return 200 all; }` });
    await place.start(t);
    assert.match(await ask(place.port, "/"), /one/);
    const elsewhere = await fetch(`http://127.0.0.2:${place.port}/`);
    assert.equal(await elsewhere.text(), "all");
  },
);

test("a reload that fails is told, and leaves everything as it is", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  const nginx = await place.start(t);
  const before = await ask(place.port, "/");
  const busy = await rawServer(t, () => {});
  for (const [server, sentence] of [
    ["sendfil on;", /\[emerg\] \d+#\d+: unknown directive "sendfil" in .*nginx\.conf:\d+\n/],
    ["return 200 $nothing;", /\[emerg\] \d+#\d+: unknown "nothing" variable/],
    [`listen 127.0.0.1:${busy};`, /\[emerg\] \d+#\d+: still could not bind\(\)/],
  ] as const) {
    place.configure(`${server} ${answer("two")}`);
    nginx.signal("SIGHUP");
    await place.logged(sentence);
    assert.equal((await ask(place.port, "/")).replace(/Date.*/, ""), before.replace(/Date.*/, ""));
  }
  assert.equal(place.workers.length, 1);
});

test(
  "a worker that is killed is started again, with the configuration that its master has",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    place.configure(answer("one"));
    await place.start(t);
    const [worker] = place.workers as [number];
    writeFileSync(place.path("nginx.conf"), "broken");
    process.kill(worker, "SIGKILL");
    const log = await place.logged(/start worker process \d+\n[\s\S]*start worker process \d+\n/);
    assert.match(log, new RegExp(`\\[alert\\] \\d+#\\d+: worker process ${worker} exited on signal 9\n`));
    const [, next] = place.workers as [number, number];
    assert.match(await ask(place.port, "/"), new RegExp(`one ${next}$`));
  },
);

test("a worker whose master is gone ends", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  const nginx = await place.start(t);
  const [worker] = place.workers as [number];
  nginx.signal("SIGKILL");
  await until("the worker's end", () => !isThere(worker));
  assert.equal(await ask(place.port, "/"), "");
});

/** What a process has open. */
const filesOf = (pid: number) =>
  readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return ""; // closed meanwhile
    }
  });

/** A socket that is systemd's, and what it has heard. */
function systemdIn(t: TestContext, folder: string) {
  const address = join(folder, "notify");
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
  t.after(() => close(fd));
  bind(fd, unixAddress(address));
  const heard: string[] = [];
  const bytes = Buffer.alloc(1000);
  const hear = () => {
    for (let length = receive(fd, bytes); length !== undefined; length = receive(fd, bytes))
      heard.push(bytes.toString("utf8", 0, length));
    return heard;
  };
  return { address, hear };
}

/** A server that answers when it is told to. */
async function slowServer(t: Parameters<typeof rawServer>[0]) {
  const asked: Socket[] = [];
  const port = await rawServer(t, (socket) => socket.once("data", () => asked.push(socket)));
  return {
    port,
    asked: () => until("a request", () => asked[0]),
  };
}

test("quit refuses who comes, closes who waits, and ends when the last answer is given", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const server = await slowServer(t);
  place.configure(
    `location / { return 200 ok; } location /slow { proxy_pass http://127.0.0.1:${server.port}; }`,
    { main: "worker_processes 2;" },
  );
  const nginx = await place.start(t);
  const waiting = new Client(place.port).ask("/");
  await waiting.until(/ok$/);
  const slow = new Client(place.port).ask("/slow");
  const socket = await server.asked();
  assert.equal(place.run("-s", "quit").status, 0);
  await waiting.untilOver();
  await until("nobody is let in", async () => (await ask(place.port, "/")) === "");
  assert.equal(slow.over, undefined);
  socket.write(ok("at last"), "latin1");
  assert.match(await slow.untilOver(), /^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*at last$/);
  assert.equal(await nginx.ended, 0);
  assert.equal(place.read("nginx.pid"), "");
  assert.match(place.read("error.log"), /gracefully shutting down\n/);
});

test("of as many clients as may be one that only waits gives way, and else who comes", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const held = await rawServer(t, () => {}); // never answers
  const locations = `location / { return 200 ok; } location /held { proxy_pass http://127.0.0.1:${held}; }`;
  place.configure(`keepalive_timeout 60s; ${locations}`, { events: "worker_connections 5;" });
  await place.start(t);
  const waiting = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const client = new Client(place.port).ask("/");
      await client.until(/ok$/);
      return client;
    }),
  );
  await new Client(place.port).ask("/").until(/ok$/);
  await until("one gave way", () => waiting.some(({ over }) => over !== undefined));
  await place.logged(/\[warn\] .*5 worker_connections are not enough, reusing connections/);
  const busy = Array.from({ length: 8 }, () => new Client(place.port).ask("/held"));
  await place.logged(/\[alert\] .*5 worker_connections are not enough\n/);
  await until("three are refused", () => busy.filter(({ over }) => over !== undefined).length === 3);
  for (const { socket } of busy) socket.destroy();
  await until("an answer again", async () => /ok$/.test(await ask(place.port, "/")));
});

test(
  "worker_shutdown_timeout ends a quit; systemd hears when it serves and when it ends",
  linux,
  async (t) => {
    const place = await NginxPlace.make(t);
    const server = await slowServer(t);
    place.configure(`location /slow { proxy_pass http://127.0.0.1:${server.port}; }`, {
      main: "worker_shutdown_timeout 200ms;",
    });
    const { address, hear } = systemdIn(t, place.folder);
    const nginx = await place.start(t, "", { NOTIFY_SOCKET: address });
    await until("READY", () => hear().some((text) => text.startsWith(`READY=1\nMAINPID=${nginx.pid}\n`)));
    const slow = new Client(place.port).ask("/slow");
    await server.asked();
    nginx.signal("SIGQUIT");
    await slow.untilOver();
    assert.match(hear().at(-1)!, /^STOPPING=1/);
    assert.equal(await nginx.ended, 0);
  },
);

test("logs that were moved away are opened anew by reopen", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"), { main: "worker_processes 2;" });
  await place.start(t);
  for (const name of ["access.log", "error.log"]) renameSync(place.path(name), place.path(`${name}.1`));
  await ask(place.port, "/moved");
  await until("the line in the old log", () => /GET \/moved /.test(place.read("access.log.1")));
  assert.equal(place.run("-s", "reopen").status, 0);
  await until("a new error log", () => existsSync(place.path("error.log")));
  await until("a line in the new log", async () => {
    await ask(place.port, "/new");
    return /GET \/new /.test(place.read("access.log"));
  });
  assert.doesNotMatch(place.read("access.log"), /moved/);
  for (const worker of place.workers)
    await until("the worker's new log", () => filesOf(worker).includes(place.path("access.log")));
});

test("a second start at the same port fails, and leaves the first alone", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  const nginx = await place.start(t);
  const second = place.run();
  assert.equal(second.status, 1);
  const sentence = `nginx: \\[emerg\\] bind\\(\\) to 127\\.0\\.0\\.1:${place.port} failed \\(98: Address already in use\\)\n`;
  assert.match(
    second.stderr,
    new RegExp(`^(${sentence}){5}nginx: \\[emerg\\] still could not bind\\(\\)\n$`),
  );
  assert.equal(Number(place.read("nginx.pid")), nginx.pid);
  assert.match(await ask(place.port, "/"), /one/);
});

test("-s tells why nobody could be signalled", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  const pid = place.path("nginx.pid");
  assert.deepEqual(place.run("-s", "reload"), {
    status: 1,
    stdout: "",
    stderr: `nginx: [error] open() "${pid}" failed (2: No such file or directory)\n`,
  });
  writeFileSync(pid, "none\n");
  assert.equal(place.run("-s", "stop").stderr, `nginx: [error] invalid PID number "none" in "${pid}"\n`);
  // A number that no process can have.
  writeFileSync(pid, "99999999\n");
  assert.deepEqual(place.run("-s", "quit"), {
    status: 1,
    stdout: "",
    stderr: "nginx: [alert] kill(99999999, 3) failed (3: No such process)\n",
  });
});

test("-t finds what only shows when all is put together, and starts nothing", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const file = place.path("nginx.conf");
  place.configure(answer("one"));
  assert.deepEqual(place.run("-t"), {
    status: 0,
    stdout: "",
    stderr: `nginx: the configuration file ${file} syntax is ok\nnginx: configuration file ${file} test is successful\n`,
  });
  place.configure("location / { proxy_set_header A $nothing; proxy_pass http://127.0.0.1:1; }");
  const unknown = place.run("-t");
  assert.equal(unknown.status, 1);
  assert.match(
    unknown.stderr,
    /^nginx: \[emerg\] unknown "nothing" variable.*\nnginx: configuration file .* test failed\n$/,
  );
  place.configure(
    `listen 127.0.0.1:${place.port + 1} ssl; ssl_certificate none.pem; ssl_certificate_key none.key;`,
  );
  assert.match(
    place.run("-t").stderr,
    /^nginx: \[emerg\] cannot load certificate "\S+\/none\.pem": BIO_new_file\(\) failed .*\nnginx: configuration file/,
  );
  place.configure(answer("one"), { http: `access_log ${place.path("none/access.log")};` });
  assert.match(
    place.run("-t").stderr,
    /syntax is ok\nnginx: \[emerg\] open\(\) "\S+none\/access\.log" failed \(2: No such file or directory\)\nnginx: .* test failed\n$/,
  );
  assert.equal(await ask(place.port, "/"), "");
  assert.equal(place.read("nginx.pid"), "");
});

test("the error log tells which request a line is about", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const nobody = (await NginxPlace.make(t)).port;
  place.configure(
    `server_name shop; location / { proxy_pass http://127.0.0.1:${nobody}; } location /own { error_log ${place.path("own.log")}; deny all; }`,
  );
  await place.start(t);
  await ask(place.port, "/a?b", "Referer: http://there/\r\n");
  await place.logged(
    new RegExp(
      `\\[error\\] \\d+#\\d+: \\*\\d+ connect\\(\\) failed \\(111: Connection refused\\) while connecting to upstream, client: 127\\.0\\.0\\.1, server: shop, request: "GET /a\\?b HTTP/1\\.1", upstream: "http://127\\.0\\.0\\.1:${nobody}/a\\?b", host: "test", referrer: "http://there/"\n`,
    ),
  );
  await ask(place.port, "/own");
  await until("a line in the location's own log", () =>
    /access forbidden by rule, client: 127\.0\.0\.1, server: shop, request: "GET \/own HTTP\/1\.1", host: "test"\n/.test(
      place.read("own.log"),
    ),
  );
  assert.doesNotMatch(place.read("error.log"), /forbidden/);
});

test("the folder of clients' bodies is made where there is none", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const server = await rawServer(t, (socket) => {
    socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken"));
  });
  place.configure(
    `client_body_temp_path ${place.path("bodies")}; client_body_buffer_size 1; location / { proxy_pass http://127.0.0.1:${server}; }`,
  );
  await place.start(t);
  const client = new Client(place.port);
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\nConnection: close\r\n\r\n0123456789");
  await client.until(/taken$/);
  place.configure(`client_body_temp_path ${place.path("none/bodies")};`);
  assert.match(
    place.run("-t").stderr,
    /\[emerg\] mkdir\(\) "\S+none\/bodies" failed \(2: No such file or directory\)/,
  );
});

test("without a master one process serves, reloads and ends", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  const nginx = await place.start(t, "master_process off;");
  assert.match(await ask(place.port, "/"), new RegExp(`one ${nginx.pid}$`));
  const waiting = new Client(place.port);
  await once(waiting.socket, "connect");
  place.configure(answer("two"));
  nginx.signal("SIGHUP");
  await until("an answer of the new file", async () => /two/.test(await ask(place.port, "/")));
  await waiting.ask("/").until(new RegExp(`(one|two) ${nginx.pid}$`));
  nginx.signal("SIGTERM");
  assert.equal(await nginx.ended, 0);
  assert.equal(place.read("nginx.pid"), "");
  assert.deepEqual(place.workers, []);
});

test("stream serves beside http, and a reload leaves its connections", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const other = await NginxPlace.make(t);
  const server = await rawServer(t, (socket) => void socket.pipe(socket));
  const own = `error_log ${place.path("stream.log")} info;`;
  const stream = (text: string) => `stream { server { listen 127.0.0.1:${other.port}; ${own} ${text} } }`;
  place.configure(answer("one"), { main: stream(`proxy_pass 127.0.0.1:${server};`) });
  const nginx = await place.start(t);
  const client = new Client(other.port).send("before ");
  await client.until(/^before $/);
  const came = `client 127\\.0\\.0\\.1:\\d+ connected to 127\\.0\\.0\\.1:${other.port}\n`;
  await until("a line in the server's own log", () => new RegExp(came).test(place.read("stream.log")));
  assert.doesNotMatch(place.read("error.log"), new RegExp(came));
  place.configure(answer("two"), { main: stream("return said;") });
  nginx.signal("SIGHUP");
  await until("what the new file says", async () => {
    const probe = new Client(other.port).send("echo");
    const text = await probe.until(/said|echo/).finally(() => probe.socket.destroy());
    return text === "said";
  });
  await client.send("after").until(/^before after$/);
  place.configure(answer("three"), { main: stream("return $nothing;") });
  assert.match(place.run("-t").stderr, /\[emerg\] unknown "nothing" variable/);
});

test("UDP: a reload loses no datagram, and who waits for an answer gets it", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const server = await udpPeer(t);
  const port = await freeUdpPort();
  const stream = (text: string) => `stream { server { listen 127.0.0.1:${port} udp; ${text} } }`;
  place.configure(answer("one"), {
    main: stream(`proxy_pass 127.0.0.1:${server.port}; proxy_responses 1;`),
  });
  const nginx = await place.start(t);
  const slow = await udpPeer(t);
  slow.send("wait", port);
  const asked = await server.next();
  let answers = 0;
  let going = true;
  const asks = (async () => {
    const client = await udpPeer(t);
    for (; going; answers++) {
      client.send("said?", port);
      void server.next().then(({ from }) => server.send("echo", from.port));
      if ((await client.next()).text === "said") server.forget();
    }
  })();
  await until("answers", () => answers > 5);
  place.configure(answer("two"), { main: stream("return said;") });
  nginx.signal("SIGHUP");
  await place.logged(/gracefully shutting down/);
  const before = answers;
  await until("further answers", () => answers > before + 5);
  going = false;
  await asks;
  const [first] = place.workers as [number];
  assert.ok(isThere(first), "the old worker has a session");
  server.send("at last", asked.from.port);
  assert.equal((await slow.next()).text, "at last");
  await until("the old worker's end", () => !isThere(first));
  await assert.rejects(udpPeer(t, port), /EADDRINUSE/);
});

test("WINCH has workers finish, and a reload begins anew", linux, async (t) => {
  const place = await NginxPlace.make(t);
  place.configure(answer("one"));
  assert.equal(place.run().status, 0);
  const pid = Number(place.read("nginx.pid"));
  t.after(() => isThere(pid) && process.kill(pid, "SIGKILL"));
  const [worker] = place.workers as [number];
  process.kill(pid, "SIGWINCH");
  await until("the worker's end", () => !isThere(worker));
  // It waits in the kernel until somebody serves again.
  const client = new Client(place.port).ask("/");
  process.kill(pid, "SIGHUP");
  await client.until(/one \d+$/);
  process.kill(pid, "SIGTERM");
  await until("the master's end", () => !isThere(pid));
});
