import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import {
  diskWorld,
  haproxyRelease,
  haproxyReleaseDate,
  readHaproxyConfig,
} from "../../src/config/haproxy/index.js";
import { serverKeywords } from "../../src/config/haproxy/keywords/index.js";
import { Assembled, PortLink } from "../../src/haproxy/assemble/index.js";
import { allCommands, CliSession, RequestReader } from "../../src/haproxy/runtime/index.js";
import { packageRoot } from "../../src/package-root.js";
import { SharedMemory } from "../../src/proxy/index.js";
import { anyBytes, fuzzed } from "../support/fuzz.js";

const folder = mkdtempSync(join(tmpdir(), `rondo-fuzz-runtime-${process.pid}-`));
after(() => rmSync(folder, { recursive: true }));
const path = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const map = path("a.map", "a 1\nb 2\n");
const list = path("a.acl", "10.0.0.0/8\n");
const certificate = path(
  "a.pem",
  ["certificate", "key"]
    .map((name) => readFileSync(`${packageRoot}test/fixtures/tls/${name}.pem`, "utf8"))
    .join(""),
);
const crtList = path("a.crt-list", `${certificate} [alpn h2] a.example\n`);

/** A process with some of everything, that serves nobody. */
function inMemory(): Assembled {
  const text = `
defaults
  timeout client 1s
  timeout server 1s
  timeout connect 1s
ring r
  size 16384
cache c
  total-max-size 1
frontend f
  mode http
  bind 127.0.0.1:20001 ssl crt-list ${crtList}
  http-request deny if { src -f ${list} }
  http-request set-header x %[path,map(${map})]
  stick-table type string size 10 expire 1s store gpc0,conn_rate(1s),gpt0
  http-request track-sc0 src
  default_backend b
backend b
  mode http
  balance random
  cookie C insert dynamic
  dynamic-cookie-key k
  stick-table type ip size 10 store server_id
  server s1 127.0.0.1:20002 weight 2 check agent-check agent-port 20003
  server s2 127.0.0.1:20002 track s1 backup
backend t
  stick-table type integer size 5 store gpc(3),gpt(2)
`;
  const { config, diagnostics } = readHaproxyConfig([{ name: "f.cfg", text }], diskWorld);
  assert.ok(config, JSON.stringify(diagnostics));
  return new Assembled({
    config,
    memory: new SharedMemory(),
    link: new PortLink(0, 1, () => {}),
    sockets: new Map(),
    startDate: Date.now(),
    version: haproxyRelease,
    releaseDate: haproxyReleaseDate,
    maxconn: 100,
    proxyMaxconn: undefined,
    maxSockets: 0,
    fileLimit: 0,
    verifyServers: true,
    localPeer: "me",
    hasOldProcess: false,
    report: () => {},
    startupLogs: () => "",
  });
}

/** Sends pieces, then no more; gives what was answered. Fails where the session doesn't end. */
async function talk(assembled: Assembled, pieces: readonly string[]): Promise<string> {
  let answered = "";
  let ended = false;
  const session = new CliSession(
    {
      host: assembled.host,
      gauges: assembled.gauges,
      commands: allCommands,
      level: "admin",
      severity: "none",
      timeoutMs: 60_000,
      describe: () => ({ id: 1, source: "unix:1", protocol: "unix_stream", since: 0, descriptor: undefined }),
    },
    {
      write: (text) => {
        answered += text;
        // Every second write has to wait.
        if (answered.length % 2 === 0) return true;
        setImmediate(() => session.drained());
        return false;
      },
      end: () => {
        ended = true;
      },
    },
  );
  for (const piece of pieces) {
    session.receive(piece);
    await Promise.resolve();
  }
  session.inputEnded();
  for (let turns = 0; turns < 5000 && !ended; turns++) await new Promise((resolve) => setImmediate(resolve));
  session.closed();
  assert.ok(ended, "the session ends");
  return answered;
}

const values = [
  "b/s1",
  "b/s2",
  "b/new",
  "f",
  "b",
  "t",
  "nobody",
  "/",
  "b/",
  "#0",
  "#1",
  "#-1",
  "@1",
  "@x",
  `@1 ${map}`,
  map,
  list,
  certificate,
  `${certificate}:1`,
  crtList,
  "*x",
  "1",
  "0",
  "-1",
  "50%",
  "4294967296",
  "99999999999999999999",
  "1e9",
  "0x10",
  "NaN",
  "10s",
  "127.0.0.1",
  "127.0.0.1:80",
  "::1",
  "a.example",
  "port",
  "80",
  "+1",
  "state",
  "weight",
  "addr",
  "ready",
  "drain",
  "maint",
  "health",
  "agent",
  "up",
  "down",
  "stopping",
  "check-port",
  "fqdn",
  "ssl",
  "on",
  "off",
  "key",
  "data.gpc0",
  "data.gpt0",
  "data.gpc",
  "eq",
  "gt",
  "len",
  "table",
  "proc.x",
  "str(a)",
  "int(1),add(2)",
  "fmt",
  "typed",
  "json",
  "desc",
  "no-maint",
  "all",
  "<<",
  "-w",
  "-n",
  "-r",
  "__proto__",
  "constructor",
  "toString",
  "\\",
  "\\ ",
  "\\;",
  ";",
  "\t",
  "\r",
  "\0",
  "é",
  "a".repeat(300),
  "admin",
  "operator",
  "user",
  "maxconn",
  "sessions",
  "server",
  "frontend",
  "global",
  ...[...serverKeywords.values()].map((one) => `${one.name} ${one.arguments}`),
];
const words = allCommands.map((one) => one.words.join(" ")).filter((text) => text !== "quit");
const command = fc
  .tuple(fc.constantFrom(...words), fc.array(fc.constantFrom(...values), { maxLength: 5 }))
  .map(([first, others]) => [first, ...others].join(" "));
const payload = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "a b",
        "c",
        "10.0.0.1",
        `${certificate} [alpn h2] !b`,
        readFileSync(certificate, "utf8").replaceAll("\n\n", "\n"),
      ),
      anyBytes(30),
    ),
    { maxLength: 4 },
  )
  .map((lines) => lines.join("\n"));
const line = fc.oneof(
  { weight: 8, arbitrary: command.map((text) => `${text}\n`) },
  { weight: 2, arbitrary: fc.tuple(command, payload).map(([text, after]) => `${text} <<\n${after}\n\n`) },
  { weight: 1, arbitrary: fc.tuple(command, command).map((two) => `${two.join(";")}\n`) },
  { weight: 1, arbitrary: anyBytes(80) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("a".repeat(20_000), ";".repeat(20), "\n".repeat(4), "<<\n", "prompt\n"),
  },
);

test("whatever comes to the runtime socket is answered, and harms nothing", async () => {
  const assembled = inMemory();
  const modes = "expert-mode on\nexperimental-mode on\n";
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 6 }), fc.nat(50), async (lines, cut) => {
      const text = `prompt\n${modes}${lines.join("")}`;
      const answered = await talk(assembled, [text.slice(0, cut), text.slice(cut)]);
      assert.doesNotMatch(answered, /Internal error/);
      assert.match(await talk(assembled, ["show version\n"]), /^2\.6\./);
    }),
    fuzzed(400),
  );
});

test("requests don't depend on how their bytes come", () => {
  const all = (pieces: readonly string[]) => {
    const reader = new RequestReader(100, 200);
    const found: unknown[] = [];
    for (const piece of pieces) {
      reader.push(piece);
      for (let one = reader.next(); one !== undefined; one = reader.next())
        if (one !== "payload") found.push(one);
      if (reader.overflow) return [...found, "overflow"];
    }
    return found;
  };
  const bytes = fc.array(
    fc.constantFrom("a", " ", "\\", ";", "\n", "\r", "<<", "<<\n", "\n\n", "x".repeat(60)),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(bytes, (pieces) => {
      assert.deepEqual(all(pieces.join("").split("")), all(pieces));
    }),
    fuzzed(1000),
  );
});
