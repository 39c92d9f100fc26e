import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "../support/free-ports.js";
import { answering, ask, ok, rawServer, until } from "./haproxy-running.js";
import { NginxPlace } from "./nginx-running.js";

/** Everything is on loopback addresses and files of a test's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };

const patient = "interval=50ms fails=1 passes=1";

test("servers of http that fail their checks get no requests, and get them again", linux, async (t) => {
  const place = await NginxPlace.make(t);
  let answer = () => ok("fine");
  const heads: string[] = [];
  const sick = await rawServer(
    t,
    answering((head) => {
      if (!head.startsWith("GET /up")) return ok("sick");
      heads.push(head);
      return answer();
    }),
  );
  const well = await rawServer(
    t,
    answering((head) => ok(head.startsWith("GET /up") ? "fine" : "well")),
  );
  place.configure(
    `location / { proxy_pass http://app; proxy_read_timeout 300ms; proxy_set_header X-Of "$host.";
       health_check ${patient} uri=/up?a match=fine; }`,
    {
      main: "worker_processes 2;",
      http: `upstream app { zone app 64k; server 127.0.0.1:${sick}; server 127.0.0.1:${well}; }
        match fine { status 200-299; header Content-Length; body ~ "^fine$"; }`,
    },
  );
  await place.start(t);
  const served = async () => {
    const all = [await ask(place.port, "/"), await ask(place.port, "/"), await ask(place.port, "/")];
    return [...new Set(all.map((text) => /\w+$/.exec(text)?.[0]))].sort().join(" ");
  };
  const both = () => until("both serve", async () => (await served()) === "sick well");
  const oneAlone = () => until("one serves", async () => (await served()) === "well");
  await both();
  const named = `health check "fine" of peer 127.0.0.1:${sick} in upstream "app"`;
  const wrong: [() => string | undefined, string][] = [
    [() => "HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nfine", "checking status code"],
    [() => ok("fine, but not quite"), "checking body"],
    [() => "garbage\r\n\r\n", "reading response header from upstream"],
    [() => "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfi", "reading upstream"],
    [() => "", "reading response header from upstream"],
  ];
  for (const [bad, doing] of wrong) {
    const before = place.read("error.log").length;
    answer = bad as () => string;
    await oneAlone();
    await until(
      "the log",
      () =>
        place.read("error.log").slice(before).includes(`[warn] `) &&
        place.read("error.log").slice(before).includes(`peer is unhealthy while ${doing}, ${named}`),
    );
    answer = () => ok("fine");
    await both();
    await place.logged(
      /\[notice\] \d+#\d+: peer is healthy while checking body, health check "fine" of peer/,
    );
  }
  const [head] = heads as [string];
  assert.match(head, /^GET \/up\?a HTTP\/1\.0\r\n/);
  assert.match(head, /\r\nHost: app\r\n/);
  assert.match(head, /\r\nX-Of: \.\r\n/);
  assert.match(head, /\r\nConnection: close(\r\n|$)/);
});

test("a mandatory check comes first; another port, and connections that are kept", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const checkPort = await freePort();
  const app = await rawServer(
    t,
    answering(() => ok("served")),
  );
  place.configure(
    `location / { proxy_pass http://app; health_check ${patient} mandatory persistent port=${checkPort} keepalive_time=60s; }`,
    { http: `upstream app { zone app 64k; server 127.0.0.1:${app}; }` },
  );
  await place.start(t);
  await place.logged(
    new RegExp(
      `\\[error\\] \\d+#\\d+: connect\\(\\) failed \\(111: Connection refused\\) while connecting to upstream, health check "" of peer 127.0.0.1:${app} in upstream "app", port ${checkPort}\\n`,
    ),
  );
  assert.match(await ask(place.port, "/"), /^HTTP\/1\.1 502 /);
  let connections = 0;
  let requests = 0;
  const answer = answering((head) => {
    requests++;
    return /connection/i.test(head) ? "" : ok("");
  });
  const server = createServer((socket) => {
    connections++;
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    answer(socket);
  }).listen(checkPort, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  await until("it serves", async () => /served$/.test(await ask(place.port, "/")));
  await until("several checks", () => requests >= 5);
  assert.equal(connections, 1);
  // It was healthy before the reload: no request is refused while the first check is under way.
  const [worker] = place.workers as [number];
  assert.equal(place.run("-s", "reload").status, 0);
  await until("the end of the old worker", async () => {
    assert.match(await ask(place.port, "/"), /served$/);
    return place.read("error.log").includes(`worker process ${worker} exited`);
  });
});

test("servers of stream: connections, what they answer, and datagrams", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const [refused, echoing, datagrams] = [await freePort(), await freePort(), await freePort()];
  let pong = "nothing\r\n";
  const talker = await rawServer(t, (socket) => {
    socket.on("data", (bytes) => socket.write(String(bytes) === "PING\r\n" ? pong : "app"));
  });
  const udp = createSocket("udp4").bind(datagrams, "127.0.0.1");
  t.after(() => udp.close());
  udp.on("message", (bytes, { port }) => {
    if (String(bytes) === "ask") udp.send("answer", port, "127.0.0.1");
  });
  place.configure("return 200;", {
    main: `stream {
      upstream talk { zone talk 64k; server 127.0.0.1:${talker}; server 127.0.0.1:${refused}; }
      upstream grams { zone grams 64k; server 127.0.0.1:${datagrams}; server 127.0.0.1:${refused}; }
      match pong { send "PING\\x0d\\n"; expect ~ "^\\+PONG"; }
      match answer { send ask; expect answer; }
      health_check_timeout 200ms;
      server { listen 127.0.0.1:${echoing}; proxy_pass talk; health_check ${patient} match=pong; }
      server { listen unix:${place.path("one")}; proxy_pass talk; }
      server { listen unix:${place.path("two")}; proxy_pass grams; health_check udp ${patient}; }
      server { listen unix:${place.path("three")}; proxy_pass grams; health_check udp ${patient} match=answer; }
    }`,
  });
  await place.start(t);
  const peer = (name: string, port: number, upstream: string) =>
    `health check "${name}" of peer 127.0.0.1:${port} in upstream "${upstream}"`;
  const logged = (text: string) => until(text, () => place.read("error.log").includes(text));
  await logged(`peer is unhealthy while reading from upstream, ${peer("pong", talker, "talk")}`);
  await logged(`peer is unhealthy while connecting to upstream, ${peer("pong", refused, "talk")}`);
  await logged(
    `upstream timed out (110: Connection timed out) while reading from upstream, ${peer("pong", talker, "talk")}`,
  );
  for (const name of ["", "answer"])
    await logged(`peer is unhealthy while reading from upstream, ${peer(name, refused, "grams")}`);
  pong = "+PONG\r\n";
  await logged(`peer is healthy while reading from upstream, ${peer("pong", talker, "talk")}`);
  assert.ok(
    !place
      .read("error.log")
      .includes(`peer is unhealthy while reading from upstream, ${peer("answer", datagrams, "grams")}`),
  );
});

test("what can't be checked is a mistake with its place", linux, async (t) => {
  const place = await NginxPlace.make(t);
  const wrong = (server: string, http: string, main = ""): string => {
    place.configure(server, { http, main });
    const { status, stderr } = place.run("-t");
    assert.equal(status, 1, stderr);
    return /\[emerg\] (.*)/.exec(stderr)?.[1]?.replace(place.path("nginx.conf"), "FILE") ?? stderr;
  };
  const app = "upstream app { zone app 64k; server 127.0.0.1:1; }";
  const pass = (check: string) => `location / { proxy_pass http://app; ${check} }`;
  assert.match(wrong(pass("health_check match=none;"), app), /^match "none" is not found in FILE:\d+$/);
  assert.match(
    wrong(pass("health_check;"), "upstream app { server 127.0.0.1:1; }"),
    /^health checks require upstream "app" to be in shared memory \("zone"\) in FILE:\d+$/,
  );
  assert.match(
    wrong("location / { health_check; }", app),
    /^"health_check" needs "proxy_pass" in its location in FILE:\d+$/,
  );
  assert.match(
    wrong("location / { set $a app; proxy_pass http://$a; health_check; }", app),
    /^"health_check" needs an upstream block that "proxy_pass" names in FILE:\d+$/,
  );
  assert.match(wrong(pass("health_check udp;"), app), /^invalid parameter "udp" in FILE:\d+$/);
  assert.match(
    wrong("return 200;", `${app} match m { send a; }`),
    /^"send" directive is not allowed here in FILE:\d+$/,
  );
  assert.match(wrong("return 200;", `match m { body ~ "("; }`), /^pcre2_compile\(\) failed: .* in FILE:\d+$/);
  assert.match(
    wrong("return 200;", "", "stream { match m { status 200; } }"),
    /^"status" directive is not allowed here in FILE:\d+$/,
  );
  assert.match(
    wrong(
      "return 200;",
      "",
      "stream { upstream u { zone u 64k; server 127.0.0.1:1; } server { listen unix:/tmp/none; proxy_pass u; health_check uri=/; } }",
    ),
    /^invalid parameter "uri=\/" in FILE:\d+$/,
  );
});
