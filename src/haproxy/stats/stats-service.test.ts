import assert from "node:assert/strict";
import { test } from "node:test";
import { standInHost } from "../../../test/support/haproxy-process.js";
import type { StatsPage } from "../../config/haproxy/model/index.js";
import { type BodySource, Headers, type ResponseHead } from "../../proxy/index.js";
import type { RuntimeHost, ServiceCall } from "../run/index.js";
import { ProcessGauges } from "./gauges.js";
import { statsService } from "./stats-service.js";

const page: StatsPage = {
  uri: "/stats",
  realm: "HAProxy Statistics",
  users: [{ user: "admin", password: "sec:ret" }],
  refreshMs: 5000,
  hideVersion: false,
  showLegends: true,
  showModules: true,
  showNode: "",
  showDescription: "a <test>",
  scope: [],
  admin: [{} as never],
  rules: [],
};
const authorization = `Basic ${Buffer.from("admin:sec:ret").toString("base64")}`;

function makeHost(change: Partial<StatsPage> = {}): RuntimeHost {
  return standInHost(
    [
      {
        name: "web",
        servers: [
          { name: "s1", check: { status: "L4OK" }, run: { statusText: "UP", cookie: "<c1>" } },
          {
            name: "s2",
            section: { backup: true },
            run: { statusText: "DOWN", operational: 0, usable: false },
          },
        ],
      },
      { name: "stats", section: { stats: { ...page, ...change } } },
    ],
    { process: { compile: { condition: () => () => true } as never } },
  );
}

interface Answer {
  status: number;
  head: ResponseHead | undefined;
  headers: Record<string, string>;
  body: string;
}

function ask(
  host: RuntimeHost,
  target: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Answer {
  const headers = new Headers();
  for (const [name, value] of Object.entries({ host: "127.0.0.1:8404", authorization, ...options.headers }))
    headers.add(name, value);
  const answer: Answer = { status: 0, head: undefined, headers: {}, body: "" };
  const body: BodySource = {
    length: options.body?.length ?? 0,
    received: 0,
    ended: false,
    handler: { onData: () => {}, onEnd: () => {}, onBroken: () => {} },
    resume() {
      if (options.body !== undefined) this.handler.onData(Buffer.from(options.body));
      this.handler.onEnd(undefined);
    },
    pause: () => {},
  };
  const call = {
    stream: { session: undefined },
    proxy: host.process.proxies[1],
    request: { method: options.method ?? "GET", target, version: "1.1", headers },
    body,
    respond(head: ResponseHead) {
      answer.status = head.status;
      answer.head = head;
      answer.headers = Object.fromEntries(
        head.headers.names.map((name, at) => [name, head.headers.values[at] as string]),
      );
      return {
        write: (bytes: Uint8Array) => {
          answer.body += Buffer.from(bytes).toString("latin1");
          return true;
        },
        end: () => {},
        onDrain: () => {},
      };
    },
    refuse(status: number, realm?: string) {
      answer.status = status;
      if (realm !== undefined) answer.headers = { "www-authenticate": realm };
    },
    onGone: () => {},
  } as unknown as ServiceCall;
  statsService(host, new ProcessGauges(host.process)).serve(call);
  return answer;
}

const post = (host: RuntimeHost, body: string, headers: Record<string, string> = {}, target = "/stats") =>
  ask(host, target, { method: "POST", body, headers }).headers["location"];

test("without credentials the realm is asked for", () => {
  const host = makeHost();
  assert.deepEqual(ask(host, "/stats", { headers: { authorization: "" } }), {
    status: 401,
    head: undefined,
    headers: { "www-authenticate": "HAProxy Statistics" },
    body: "",
  });
  assert.equal(ask(host, "/stats", { headers: { authorization: "Basic YWRtaW46eA==" } }).status, 401);
});

test("heads are those of HAProxy", () => {
  const host = makeHost();
  const types = {
    "": "text/html",
    ";csv": "text/plain",
    ";json": "application/json",
    ";typed": "text/plain",
  };
  for (const [word, type] of Object.entries(types))
    assert.deepEqual(ask(host, `/stats${word}`).headers, {
      "cache-control": "no-cache",
      "content-type": type,
      refresh: "5",
    });
  assert.equal(ask(host, "/stats;norefresh").headers["refresh"], undefined);
  assert.equal(ask(host, "/stats", { method: "HEAD" }).body, "");
});

test("exports, and what they leave out", () => {
  const host = makeHost();
  const names = (target: string) =>
    ask(host, target)
      .body.split("\n")
      .slice(1, -1)
      .map((line) => line.split(",", 2).join("/"));
  assert.deepEqual(names("/stats;csv"), [
    "web/FRONTEND",
    "web/s1",
    "web/s2",
    "web/BACKEND",
    "stats/FRONTEND",
    "stats/BACKEND",
  ]);
  assert.deepEqual(names("/stats;csv;up"), [
    "web/FRONTEND",
    "web/s1",
    "web/BACKEND",
    "stats/FRONTEND",
    "stats/BACKEND",
  ]);
  assert.deepEqual(names("/stats?;csv;scope=we"), ["web/FRONTEND", "web/s1", "web/s2", "web/BACKEND"]);
  assert.equal((JSON.parse(ask(host, "/stats;json").body) as unknown[]).length, 6);
  assert.match(ask(host, "/stats;json-schema").body, /^\{"\$schema":/);
  assert.match(ask(host, "/stats;typed").body, /^F\.2\.0\.0\.pxname\.1:KNS:str:web\n/);
  const own = makeHost({ scope: ["."] });
  assert.equal(ask(own, "/stats;csv").body.split("\n").length, 4);
});

test("the page has everything, and what is a name or a text is no markup", () => {
  const { body } = ask(makeHost(), "/stats");
  for (const part of [
    "HAProxy version 2.6.12",
    "a &#60;test&#62;",
    "cookie: &#39;&#60;c1&#62;&#39;".replaceAll("&#39;", "'"),
    'class="active up"',
    'class="backup down"',
    "Estimated need of connections:",
    "Total number of ssl sessions established",
    'href="/stats;csv;norefresh"',
    'name="s" value="s1"',
  ])
    assert.ok(body.includes(part), part);
  assert.ok(!body.includes("<test>") && !body.includes("<c1>"));
  assert.ok(!/(src|href)="https?:/.test(body), "nothing is fetched from elsewhere");
  assert.ok(!ask(makeHost({ hideVersion: true }), "/stats").body.includes("2.6.12"));
  assert.match(ask(makeHost(), "/stats;st=DONE").body, /Action processed successfully/);
});

test("orders are obeyed, and told how it went", () => {
  const host = makeHost();
  const [s1, s2] = host.process.proxies[0]!.back!.servers;
  assert.equal(post(host, "s=s1&action=drain&b=%232"), "/stats;st=DONE");
  assert.equal(s1?.administrative, 8);
  assert.equal(
    post(host, "s=s1&s=s9&action=maint&b=web", {}, "/stats;up?scope=web"),
    "/stats;st=PART;up?scope=web",
  );
  assert.equal(s1?.administrative, 1);
  assert.equal(post(host, "s=s2&action=hdown&b=%232"), "/stats;st=DONE");
  assert.equal(s2?.operational, 0);
  assert.equal(post(host, "a=b"), "/stats;st=NONE");
  assert.equal(post(host, "s=s9&action=maint&b=%232"), "/stats;st=ERRP");
  assert.equal(post(host, "s=s1&action=explode&b=%232"), "/stats;st=ERRP");
  assert.equal(post(host, "s=s1&action=maint&b=nosuch"), "/stats;st=ERRP");
  assert.equal(post(host, "s=s1&action=maint&b=%zz"), "/stats;st=ERRP");
  assert.equal(post(host, `s=${"x".repeat(20_000)}`), "/stats;st=EXCD");
  assert.equal(post(makeHost({ admin: [] }), "s=s1&action=maint&b=%232"), "/stats;st=DENY");
});

test("a browser's order needs this site and the form's token", () => {
  const host = makeHost();
  const token = /name="t" value="([^"]+)"/.exec(ask(host, "/stats").body)?.[1] as string;
  const own = { origin: "http://127.0.0.1:8404", "sec-fetch-site": "same-origin" };
  const order = "s=s1&action=ready&b=%232";
  assert.equal(post(host, `${order}&t=${token}`, own), "/stats;st=DONE");
  assert.equal(post(host, order, own), "/stats;st=DENY");
  assert.equal(post(host, `${order}&t=${token}x`, own), "/stats;st=DENY");
  assert.equal(
    post(host, `${order}&t=${token}`, { ...own, origin: "http://evil.example" }),
    "/stats;st=DENY",
  );
  assert.equal(post(host, `${order}&t=${token}`, { origin: "null" }), "/stats;st=DENY");
  assert.equal(post(host, `${order}&t=${token}`, { "sec-fetch-site": "cross-site" }), "/stats;st=DENY");
  assert.equal(post(host, order, { "user-agent": "Mozilla/5.0" }), "/stats;st=DENY");
  assert.equal(post(host, `${order}&t=wrong`), "/stats;st=DENY");
  const other = /name="t" value="([^"]+)"/.exec(ask(makeHost(), "/stats").body)?.[1];
  assert.notEqual(other, token, "a process has a secret of its own");
});
