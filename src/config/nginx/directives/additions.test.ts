import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "../index.js";
import { worldOf } from "../test-world.js";
import { api, healthCheck, matchRules, queue, state, sticky } from "./additions.js";
import { upstreamServer } from "./upstream.js";

const read = (text: string) =>
  readConfig("/f", { world: worldOf({ "/f": `events {}\n${text}` }), prefix: "/", root: true });
const wrong = (text: string) => {
  const { diagnostics } = read(text);
  return diagnostics.filter(({ severity }) => severity === "emerg").map(({ message }) => message)[0];
};
const upstream = (text: string) =>
  read(`http { upstream a { server 127.0.0.1; ${text} } }`).main.all("http")[0]!.all("http-upstream")[0]!;

test("sticky cookie, route and learn", () => {
  const cookie = upstream(
    "sticky cookie id expires=1h domain=.a.example path=/ httponly secure samesite=lax;",
  ).value(sticky);
  assert.ok(cookie?.kind === "cookie");
  assert.deepEqual(
    [
      cookie.name,
      cookie.expires,
      cookie.domain?.text,
      cookie.path?.text,
      cookie.httpOnly,
      cookie.secure,
      cookie.sameSite?.text,
    ],
    ["id", 3600, ".a.example", "/", true, true, "lax"],
  );
  const route = upstream("sticky route $a $b;").value(sticky);
  assert.ok(route?.kind === "route");
  assert.deepEqual(
    route.routes.map(({ text }) => text),
    ["$a", "$b"],
  );
  const learn = upstream("sticky learn create=$a lookup=$b lookup=$c zone=z:1m timeout=5s header;").value(
    sticky,
  );
  assert.ok(learn?.kind === "learn");
  assert.deepEqual(
    [learn.create.length, learn.lookup.length, learn.zone, learn.timeoutMs, learn.header],
    [1, 2, "z", 5000, true],
  );
  const of = (text: string) => wrong(`http { upstream a { server 127.0.0.1; ${text} } }`);
  assert.equal(of("sticky cookie a whatever;"), 'unknown parameter "whatever"');
  assert.equal(of("sticky route a;"), 'invalid variable name "a"');
  assert.equal(
    of("sticky learn create=$a zone=z:1m;"),
    '"sticky" directive "lookup" parameter is not specified',
  );
  assert.equal(of("sticky cookie a; sticky cookie b;"), '"sticky" directive is duplicate');
});

test("servers that are resolved again, queues, and a file of servers", () => {
  const block = upstream("server b.example:81 resolve route=r1 slow_start=30s; queue 10 timeout=5s;");
  const [, server] = block.value(upstreamServer);
  assert.deepEqual([server!.resolve, server!.route, server!.slowStartMs], [true, "r1", 30000]);
  assert.deepEqual(block.value(queue), { length: 10, timeoutMs: 5000 });
  const { ok, main } = read("http { upstream a { state /s; } }");
  assert.equal(ok, true);
  assert.equal(main.all("http")[0]!.all("http-upstream")[0]!.value(state), "/s");
  assert.equal(wrong("http { upstream a { } }"), "no servers are inside upstream");
});

test("health checks, and what their answers have to be", () => {
  const { main, ok } = read(`http {
    match fine { status 200-299 304; status ! 500; header Content-Type ~ html; header ! X; body !~ "error"; require $a; }
    server { location / { health_check interval=2s jitter=100ms fails=3 passes=2 uri=/up match=fine mandatory persistent port=81; } location /a { api write=on; } } }`);
  assert.equal(ok, true);
  const http = main.all("http")[0]!;
  assert.deepEqual(
    matchRules(http.all("match")[0]!).map((rule) => (rule.kind === "require" ? rule.kind : { ...rule })),
    [
      {
        kind: "status",
        negated: false,
        ranges: [
          [200, 299],
          [304, 304],
        ],
      },
      { kind: "status", negated: true, ranges: [[500, 500]] },
      { kind: "header", name: "Content-Type", regex: true, value: "html", negated: false },
      { kind: "header-present", name: "X", negated: true },
      { kind: "body", regex: "error", negated: true },
      "require",
    ],
  );
  const [slash, other] = http.all("http-server")[0]!.all("location");
  assert.deepEqual(slash!.value(healthCheck), {
    intervalMs: 2000,
    jitterMs: 100,
    fails: 3,
    passes: 2,
    uri: "/up",
    mandatory: true,
    persistent: true,
    match: "fine",
    port: 81,
    keepaliveTimeMs: 0,
    udp: false,
    place: { file: "/f", line: 4, column: 27 },
  });
  assert.deepEqual(other!.value(api), { write: true });
  const check = (words: string) => wrong(`http { server { location / { health_check ${words}; } } }`);
  assert.equal(check("fails=0"), 'invalid parameter "fails=0"');
  assert.equal(check("persistent"), '"persistent" needs "mandatory"');
  assert.equal(wrong("http { match a { status 99; } }"), 'invalid status "99"');
  assert.equal(wrong("http { match a { body = x; } }"), 'invalid condition "="');
});

test("matches of stream send bytes and expect some", () => {
  const { main } = read('stream { match m { send "PING\\\\x0d\\n"; expect ~ "^PONG"; } }');
  assert.deepEqual(matchRules(main.all("stream")[0]!.all("match")[0]!), [
    { kind: "send", text: "PING\r\n" },
    { kind: "expect", regex: true, text: "^PONG" },
  ]);
});
