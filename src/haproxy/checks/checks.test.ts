import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import { after, describe, test } from "node:test";
import type { CheckRule, HealthCheck, Server } from "../../config/haproxy/model/index.js";
import { type BackendSettings, ServersFixture } from "../servers/testing/fixture.js";

const listening: NetServer[] = [];
const fixtures: ServersFixture[] = [];
after(() => {
  for (const server of listening) server.close();
  for (const fixture of fixtures) fixture.stop();
});

/** A small server of a test; gives its port. */
async function serve(behaviour: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    behaviour(socket);
  });
  listening.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function checked(
  port: number,
  check: Partial<HealthCheck>,
  line: Partial<Server> = {},
  more: Partial<BackendSettings> = {},
): ServersFixture {
  const fixture = new ServersFixture([
    {
      check,
      options: { logHealthChecks: true },
      servers: [
        [
          "srv",
          {
            address: {
              kind: "inet",
              host: "127.0.0.1",
              family: 4,
              ports: { from: port, to: port },
              type: "stream",
            },
            check: true,
            interMs: 20_000,
            rise: 1,
            fall: 1,
            ...line,
          },
        ],
      ],
      ...more,
    },
  ]);
  fixtures.push(fixture);
  fixture.servers.start();
  return fixture;
}

/** The line of the first check, without its duration. */
async function firstLine(fixture: ServersFixture): Promise<string> {
  const { message } = await fixture.logged(/check for/);
  fixture.stop();
  return message.replace(/check duration: \d+ms/, "check duration: Nms");
}

const answers =
  (text: string | Buffer, end = false) =>
  (socket: Socket) => {
    socket.once("data", () => {
      if (end) socket.end(text);
      else socket.write(text);
    });
  };
const greets = (text: string | Buffer) => (socket: Socket) => {
  socket.write(text);
};

const place = { file: "test.cfg", line: 1, column: 1 };
const rule = (settings: object) => ({ comment: undefined, place, ...settings }) as unknown as CheckRule;
const expect = (settings: object) =>
  rule({
    rule: "expect",
    negated: false,
    minRecv: undefined,
    okStatus: undefined,
    errorStatus: undefined,
    timeoutStatus: undefined,
    onSuccess: undefined,
    onError: undefined,
    statusCode: undefined,
    ...settings,
  });
const send = (text: string) => rule({ rule: "send", data: Buffer.from(text) });
const http200 = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-app: ready, v2\r\n\r\nok";

interface Case {
  readonly name: string;
  readonly check: Partial<HealthCheck>;
  readonly behaviour: ((socket: Socket) => void) | "closed";
  readonly line?: Partial<Server>;
  readonly hangs?: boolean;
  readonly says: string;
}

const up = (text: string) =>
  `Health check for server be/srv succeeded, reason: ${text}, check duration: Nms, status: 1/1 UP.`;
const down = (text: string) =>
  `Health check for server be/srv failed, reason: ${text}, check duration: Nms, status: 0/1 DOWN.`;

const cases: readonly Case[] = [
  { name: "a connection is enough", check: {}, behaviour: () => {}, says: up("Layer4 check passed") },
  {
    name: "refused",
    check: {},
    behaviour: "closed",
    says: down('Layer4 connection problem, info: "Connection refused"'),
  },
  {
    name: "refused, in a script",
    check: { kind: "tcp-check", rules: [send("x"), expect({ type: "string", data: Buffer.from("y") })] },
    behaviour: "closed",
    says: down(
      'Layer4 connection problem, info: "Connection refused at initial connection step of tcp-check"',
    ),
  },
  {
    name: "a script that matches",
    check: {
      kind: "tcp-check",
      rules: [send("PING\r\n"), expect({ type: "string", data: Buffer.from("+PONG") })],
    },
    behaviour: answers("+PONG\r\n"),
    says: up('Layer7 check passed, code: 0, info: "(tcp-check)"'),
  },
  {
    name: "a script that doesn't",
    check: {
      kind: "tcp-check",
      rules: [send("PING\r\n"), expect({ type: "string", data: Buffer.from("+PONG") })],
    },
    behaviour: answers("-ERR no such\r\n", true),
    says: down(`Layer7 invalid response, info: "TCPCHK did not match content '+PONG' at step 2"`),
  },
  {
    name: "min-recv decides at once",
    check: {
      kind: "tcp-check",
      rules: [expect({ type: "rstring", pattern: "^220", minRecv: 4, comment: "greeting" })],
    },
    behaviour: greets("500 no\r\n"),
    says: down(
      `Layer7 invalid response, info: "TCPCHK did not match content (regex) at step 1 comment: greeting"`,
    ),
  },
  {
    name: "nothing is answered",
    check: { kind: "tcp-check", rules: [send("x"), expect({ type: "rbinary", pattern: "^53" })] },
    behaviour: (socket) => socket.once("data", () => socket.end()),
    says: down('Layer7 invalid response, info: "TCPCHK got an empty response at step 2"'),
  },
  {
    name: "it hangs",
    check: { kind: "tcp-check", rules: [send("x"), expect({ type: "string", data: Buffer.from("y") })] },
    behaviour: () => {},
    hangs: true,
    says: down(`Layer7 timeout, info: " at step 2 of tcp-check (expect string 'y')"`),
  },
  {
    name: "it resets",
    check: { kind: "tcp-check", rules: [send("x"), expect({ type: "string", data: Buffer.from("y") })] },
    behaviour: (socket) => socket.once("data", () => socket.resetAndDestroy()),
    says: down(`Socket error, info: "Connection reset by peer at step 2 of tcp-check (expect string 'y')"`),
  },
  {
    name: "HTTP 200",
    check: { kind: "http" },
    behaviour: answers(http200),
    says: up("Layer7 check passed, code: 200"),
  },
  {
    name: "HTTP 503",
    check: { kind: "http", words: ["HEAD", "/", "HTTP/1.1"] },
    behaviour: answers("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 9\r\n\r\n"),
    says: down('Layer7 wrong status, code: 503, info: "Service Unavailable"'),
  },
  {
    name: "no HTTP at all",
    check: { kind: "http" },
    behaviour: answers("220 I'm a mail server\r\n"),
    says: down("Layer7 invalid response"),
  },
  {
    name: "a header that is expected",
    check: {
      kind: "http",
      rules: [
        expect({
          type: "header",
          name: { method: "str", text: "x-app" },
          value: { method: "str", text: "v2" },
          full: false,
        }),
      ],
    },
    behaviour: answers(http200),
    says: up("Layer7 check passed, code: 200"),
  },
  {
    name: "a body that isn't what is expected, in chunks",
    check: { kind: "http", rules: [expect({ type: "string", data: Buffer.from("healthy") })] },
    behaviour: answers("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsick\r\n0\r\n\r\n"),
    says: down('Layer7 invalid response, info: "HTTP content check did not match"'),
  },
  {
    name: "disable-on-404",
    check: { kind: "http", disableOn404: true },
    behaviour: answers("HTTP/1.0 404 Not Found\r\n\r\n", true),
    line: { fall: 2 },
    says: "Health check for server be/srv conditionally succeeded, reason: Layer7 check conditionally passed, code: 404, check duration: Nms, status: 2/2 UP.",
  },
  {
    name: "ssl-hello",
    check: { kind: "ssl-hello" },
    behaviour: answers(Buffer.from("15030000020228", "hex")),
    says: up("Layer6 check passed"),
  },
  {
    name: "ssl-hello to what isn't TLS",
    check: { kind: "ssl-hello" },
    behaviour: (socket) => socket.once("data", () => socket.end()),
    says: down('Layer6 invalid response, info: "TCPCHK got an empty response at step 2"'),
  },
  {
    name: "smtp",
    check: { kind: "smtp", words: ["EHLO", "me"] },
    behaviour: (socket) => {
      socket.write("220 here\r\n");
      socket.once("data", (bytes) =>
        socket.write(bytes.toString() === "EHLO me\r\n" ? "250-ours\r\n250 x\r\n" : "500 no\r\n"),
      );
    },
    says: up('Layer7 check passed, code: 250, info: "ours"'),
  },
  {
    name: "smtp that is busy",
    check: { kind: "smtp" },
    behaviour: greets("421 Try again later\r\n"),
    says: down('Layer7 wrong status, code: 421, info: "Try again later"'),
  },
  {
    name: "mysql",
    check: { kind: "mysql", words: [] },
    behaviour: greets(Buffer.from("0b0000000a382e302e313900000000", "hex")),
    says: up('Layer7 check passed, code: 0, info: "8.0.19"'),
  },
  {
    name: "mysql that refuses the user",
    check: { kind: "mysql", words: ["app"] },
    behaviour: (socket) => {
      socket.write(Buffer.from("0b0000000a382e302e313900000000", "hex"));
      socket.once("data", () => socket.write(Buffer.from("08000002ffe3043132333435", "hex")));
    },
    says: down('Layer7 wrong status, code: 1251, info: "12345"'),
  },
  {
    name: "pgsql",
    check: { kind: "pgsql", words: ["app"] },
    behaviour: answers(Buffer.from("520000000800000000", "hex")),
    says: up('Layer7 check passed, code: 0, info: "PostgreSQL server is ok"'),
  },
  {
    name: "redis",
    check: { kind: "redis" },
    behaviour: answers("-LOADING it\r\n", true),
    says: down('Layer7 wrong status, code: 0, info: "-LOADING it"'),
  },
  {
    name: "ldap",
    check: { kind: "ldap" },
    behaviour: answers(Buffer.from("300c02010161070a010004000400", "hex")),
    says: up('Layer7 check passed, code: 0, info: "Success"'),
  },
  {
    name: "spop",
    check: { kind: "spop" },
    behaviour: answers(
      Buffer.from(
        "000000366500000001000007" +
          "76657273696F6E0803322E300E6D61782D6672616D652D73697A6503FCF0060C6361706162696C69746965730800",
        "hex",
      ),
    ),
    says: up('Layer7 check passed, code: 0, info: "SPOA server is ok"'),
  },
];

describe("health checks", { concurrency: 8 }, () => {
  for (const { name, check, behaviour, line, hangs, says } of cases)
    test(name, async () => {
      const port = behaviour === "closed" ? await closedPort() : await serve(behaviour);
      assert.equal(
        await firstLine(checked(port, check, line, hangs ? { timeouts: { check: 200 } } : {})),
        says,
      );
    });

  test("fall, then rise, with HAProxy's lines", async () => {
    let status = "503 Unavailable";
    const port = await serve((socket) => {
      socket.once("data", () => socket.end(`HTTP/1.0 ${status}\r\n\r\n`));
    });
    const fixture = checked(
      port,
      { kind: "http" },
      { rise: 2, fall: 3, fastInterMs: 30, downInterMs: 30 },
      { options: { logHealthChecks: false } },
    );
    const gone = await fixture.logged(/is DOWN/);
    assert.match(
      gone.message,
      /^Server be\/srv is DOWN, reason: Layer7 wrong status, code: 503, info: "Unavailable", check duration: \d+ms\. 0 active and 0 backup servers left\. 0 sessions active, 0 requeued, 0 remaining in queue\.$/,
    );
    // A server begins one failure from being down.
    assert.equal(fixture.server("srv").counters.total("failedChecks"), 1);
    status = "200 OK";
    const back = await fixture.logged(/is UP/);
    assert.match(
      back.message,
      /^Server be\/srv is UP, reason: Layer7 check passed, code: 200, check duration: \d+ms\. 1 active and 0 backup servers online\. 0 sessions requeued, 0 total in queue\.$/,
    );
    assert.equal(fixture.server("srv").statusText, "UP");
    fixture.stop();
  });

  test("errors of traffic are health too (observe)", () => {
    const fixture = new ServersFixture([
      {
        servers: [["s1", { check: true, observe: "layer4", errorLimit: 3, onError: "mark-down" }], ["s2"]],
      },
    ]);
    const server = fixture.server("s1");
    for (let error = 0; error < 2; error++) server.observe("connect-failed");
    server.observe("connect-ok");
    for (let error = 0; error < 3; error++) server.observe("connect-failed");
    assert.equal(
      fixture.told[0]?.message,
      'Server be/s1 is DOWN, reason: Health analyze, info: "Detected 3 consecutive errors, last one was: L4 unsuccessful connection". 1 active and 0 backup servers left. 0 sessions active, 0 requeued, 0 remaining in queue.',
    );
    assert.equal(server.statusText, "DOWN");
  });
});

describe("agent checks", () => {
  const agent = async (line: string, settings: Partial<Server> = {}) => {
    const port = await serve((socket) => socket.end(line));
    return checked(
      1,
      {},
      {
        check: false,
        agentCheck: true,
        agentPort: port,
        agentInterMs: 20_000,
        weight: 20,
        maxconn: 5,
        ...settings,
      },
    );
  };

  test("weight, maxconn and drain", async () => {
    const fixture = await agent("50% maxconn:30 drain\n");
    await fixture.logged(/enters drain state/);
    const server = fixture.server("srv");
    while (server.maxconn !== 30) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(server.weight, 10);
    fixture.stop();
  });

  test("down with a reason", async () => {
    const fixture = await agent("down # disk is full\n");
    const line = await fixture.logged(/Agent check/);
    assert.match(
      line.message,
      /^Agent check for server be\/srv failed, reason: Layer7 wrong status, code: 0, info: "via agent : down \(disk is full\)", check duration: \d+ms, status: 0\/1 DOWN\.$/,
    );
    assert.equal(fixture.server("srv").operational, 0);
    fixture.stop();
  });

  test("an agent that can't be asked takes nothing down", async () => {
    const fixture = checked(
      1,
      {},
      { check: false, agentCheck: true, agentPort: await closedPort(), agentInterMs: 20_000 },
    );
    await fixture.logged(/Agent check/);
    assert.equal(fixture.server("srv").operational, 2);
    fixture.stop();
  });
});
