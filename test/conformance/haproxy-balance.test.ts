import assert from "node:assert/strict";
import { createServer, type Server as HttpServer } from "node:http";
import { after, before, describe, test } from "node:test";
import type { Balance, HashType } from "../../src/config/haproxy/model/index.js";
import { type BackendSettings, ServersFixture } from "../../src/haproxy/servers/testing/fixture.js";
import { Headers } from "../../src/proxy/index.js";
import { haproxyIsThere, RealHaproxy } from "../support/real-haproxy.js";

interface Request {
  readonly path?: string;
  readonly source?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Case {
  readonly name: string;
  readonly lines: string;
  readonly settings: BackendSettings;
  /** Requests, or a command of the runtime socket ("set server be/s1 state maint"). */
  readonly steps: readonly (Request | string)[];
}

const hash = (method: HashType["method"], name: HashType["function"], avalanche = false): HashType => ({
  method,
  function: name,
  avalanche,
});
const servers = (...weights: number[]) => weights.map((weight, at) => [`s${at + 1}`, { weight }] as const);
const lines = (...weights: number[]) =>
  weights.map((weight, at) => `  server s${at + 1} SERVER weight ${weight}`).join("\n");
const many = (count: number, make: (at: number) => Request = () => ({})) =>
  Array.from({ length: count }, (_, at) => make(at));
const uris = many(40, (at) => ({ path: `/dir${at % 7}/page${at * 37}/x${at}?query=${at % 3}` }));
const sources = many(40, (at) => ({
  source:
    at % 4 === 0 ? `2001:db8::${at}:${(at * 71).toString(16)}` : `10.${at % 3}.${at * 5}.${(at * 13) % 256}`,
}));

const uri: Balance = { algorithm: "uri", length: 0, depth: 0, whole: false, pathOnly: false };
const cases: Case[] = [];
for (const weights of [
  [2, 1],
  [1, 1, 1],
  [5, 8, 9],
  [1, 10, 100, 3],
  [256, 1, 7],
  [13, 17, 2, 2, 9],
])
  cases.push({
    name: `roundrobin ${weights}`,
    lines: `  balance roundrobin\n${lines(...weights)}`,
    settings: { servers: servers(...weights) },
    steps: many(
      3 *
        Math.min(
          60,
          weights.reduce((sum, each) => sum + each, 0),
        ),
    ),
  });
cases.push(
  {
    name: "roundrobin with weights and states that change",
    lines: `  balance roundrobin\n${lines(3, 5, 2, 7)}`,
    settings: { servers: servers(3, 5, 2, 7) },
    steps: [
      ...many(7),
      "set server be/s2 weight 1",
      ...many(12),
      "set server be/s4 state maint",
      ...many(9),
      "set server be/s2 weight 200%",
      ...many(25),
      "set server be/s4 state ready",
      ...many(30),
      "set server be/s1 state drain",
      "set server be/s3 weight 0",
      ...many(20),
      "set server be/s3 weight 20",
      "set server be/s1 state ready",
      ...many(40),
      "set server be/s1 weight 50%",
      ...many(40),
    ],
  },
  {
    name: "static-rr",
    lines: `  balance static-rr\n${lines(4, 2, 6)}`,
    settings: { balance: { algorithm: "static-rr" }, servers: servers(4, 2, 6) },
    steps: [
      ...many(13),
      "set server be/s2 state maint",
      ...many(8),
      "set server be/s2 state ready",
      ...many(14),
    ],
  },
  {
    name: "leastconn of idle servers",
    lines: `  balance leastconn\n${lines(4, 2, 6)}`,
    settings: { balance: { algorithm: "leastconn" }, servers: servers(4, 2, 6) },
    steps: [
      ...many(9),
      "set server be/s2 state maint",
      ...many(5),
      "set server be/s2 state ready",
      ...many(9),
    ],
  },
  {
    name: "first",
    lines: `  balance first\n${lines(4, 2, 6)}`,
    settings: { balance: { algorithm: "first" }, servers: servers(4, 2, 6) },
    steps: [...many(3), "set server be/s1 state maint", ...many(3), "set server be/s2 weight 0", ...many(2)],
  },
  {
    name: "backups, one after the other",
    lines: `  balance roundrobin
  server s1 SERVER weight 1
  server s2 SERVER weight 2 backup
  server s3 SERVER weight 3 backup`,
    settings: { servers: [["s1"], ["s2", { weight: 2, backup: true }], ["s3", { weight: 3, backup: true }]] },
    steps: [
      ...many(3),
      "set server be/s1 state maint",
      ...many(4),
      "set server be/s2 state maint",
      ...many(3),
      "set server be/s2 state ready",
      ...many(3),
      "set server be/s1 state ready",
      ...many(3),
    ],
  },
  {
    name: "all backups",
    lines: `  balance roundrobin
  option allbackups
  server s1 SERVER weight 1
  server s2 SERVER weight 2 backup
  server s3 SERVER weight 3 backup`,
    settings: {
      allBackups: true,
      servers: [["s1"], ["s2", { weight: 2, backup: true }], ["s3", { weight: 3, backup: true }]],
    },
    steps: [
      ...many(3),
      "set server be/s1 state maint",
      ...many(12),
      "set server be/s3 state maint",
      ...many(3),
    ],
  },
);
for (const method of ["map-based", "consistent"] as const) {
  for (const name of ["sdbm", "djb2", "wt6", "crc32"] as const)
    for (const avalanche of [false, true])
      cases.push({
        name: `uri ${method} ${name}${avalanche ? " avalanche" : ""}`,
        lines: `  balance uri\n  hash-type ${method} ${name}${avalanche ? " avalanche" : ""}\n${lines(3, 1, 2)}`,
        settings: {
          mode: "http",
          balance: uri,
          hashType: hash(method, name, avalanche),
          servers: servers(3, 1, 2),
        },
        steps: uris,
      });
  // Where no function is named, consistent hashing has the avalanche.
  const type = hash(method, "sdbm", method === "consistent");
  const change = ["set server be/s2 state maint"];
  cases.push(
    {
      name: `source ${method}`,
      lines: `  balance source\n  hash-type ${method}\n${lines(3, 1, 2)}`,
      settings: { balance: { algorithm: "source" }, hashType: type, servers: servers(3, 1, 2) },
      steps: [...sources, ...change, ...sources],
    },
    {
      name: `source ${method} avalanche`,
      lines: `  balance source\n  hash-type ${method} sdbm avalanche\n${lines(3, 1, 2)}`,
      settings: {
        balance: { algorithm: "source" },
        hashType: hash(method, "sdbm", true),
        servers: servers(3, 1, 2),
      },
      steps: sources,
    },
    {
      name: `uri ${method} with its options`,
      lines: `  balance uri len 14 depth 2 whole\n  hash-type ${method}\n${lines(1, 1, 1)}`,
      settings: {
        mode: "http",
        balance: { ...uri, length: 14, depth: 2, whole: true },
        hashType: type,
        servers: servers(1, 1, 1),
      },
      steps: uris,
    },
    {
      name: `url_param ${method}, in turn where there is none`,
      lines: `  balance url_param id\n  hash-type ${method}\n${lines(3, 1, 2)}`,
      settings: {
        mode: "http",
        balance: { algorithm: "url_param", name: "id", checkPost: 0 },
        hashType: type,
        servers: servers(3, 1, 2),
      },
      steps: [
        ...many(30, (at) => ({ path: `/?x=${at}&id=user${at * 7}&xid=3` })),
        ...many(10, (at) => ({ path: `/?xid=${at}` })),
        ...change,
        ...many(10, (at) => ({ path: `/?xid=${at}` })),
      ],
    },
    {
      name: `hdr ${method}`,
      lines: `  balance hdr(x-user)\n  hash-type ${method}\n${lines(3, 1, 2)}`,
      settings: {
        mode: "http",
        balance: { algorithm: "hdr", name: "x-user", useDomainOnly: false },
        hashType: type,
        servers: servers(3, 1, 2),
      },
      steps: [...many(30, (at) => ({ headers: { "x-user": `u${at}, other` } })), ...many(8)],
    },
    {
      name: `hdr(host) use_domain_only ${method}`,
      lines: `  balance hdr(host) use_domain_only\n  hash-type ${method}\n${lines(3, 1, 2)}`,
      settings: {
        mode: "http",
        balance: { algorithm: "hdr", name: "host", useDomainOnly: true },
        hashType: type,
        servers: servers(3, 1, 2),
      },
      steps: many(30, (at) => ({ headers: { host: `www${at}.site${at % 9}.${at % 2 ? "org" : "co.uk"}` } })),
    },
  );
}

describe("balancing as HAProxy does", { skip: unavailable() }, () => {
  const real = new RealHaproxy();
  let server: HttpServer;

  before(async () => {
    server = createServer((_request, response) => response.end());
    const path = real.path("server");
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const sections = cases.map(
      ({ lines: body }, at) => `listen be${at}
  bind ${real.path(`l${at}`)}
  http-request set-src hdr(x-src) if { req.hdr(x-src) -m found }
  http-response set-header x-server %s
${body.replaceAll("SERVER", path)}`,
    );
    await real.start(sections.join("\n"));
  });

  after(async () => {
    await real.stop();
    server.close();
  });

  cases.forEach(({ name, settings, steps }, at) => {
    test(name, async () => {
      const fixture = new ServersFixture([
        { ...settings, section: { options: { persist: false } } as never },
      ]);
      const theirs: string[] = [];
      const ours: string[] = [];
      for (const step of steps)
        if (typeof step === "string") {
          await real.command(step.replace("be/", `be${at}/`));
          command(fixture, step);
        } else {
          theirs.push(
            await real.get(`l${at}`, step.path ?? "/", {
              ...step.headers,
              ...(step.source === undefined ? {} : { "x-src": step.source }),
            }),
          );
          ours.push(fixture.once({ stream: fixture.stream(streamOf(step)) }));
        }
      assert.equal(ours.join(" "), theirs.join(" "));
    });
  });
});

function unavailable(): false | string {
  if (haproxyIsThere()) return false;
  if (process.env.CI === "true") throw new Error("haproxy isn't installed");
  return "needs haproxy";
}

function command(fixture: ServersFixture, line: string): void {
  const [, , path, what, word] = line.split(" ") as [string, string, string, string, string];
  const found = fixture.server(path);
  if (what === "weight") found.setWeight(word);
  else found.setState(word as "ready" | "drain" | "maint");
}

function streamOf(request: Request): object {
  const headers = new Headers();
  headers.add("host", "localhost");
  for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
  return {
    source: { host: request.source ?? "", port: 1, family: request.source?.includes(":") ? 6 : 4 },
    http: { request: { method: "GET", target: request.path ?? "/", headers }, body: Buffer.alloc(0) },
  };
}
