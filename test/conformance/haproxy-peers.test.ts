import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, get } from "node:http";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Peers, StickTable } from "../../src/config/haproxy/model/index.js";
import { PeersSection } from "../../src/haproxy/peers/index.js";
import { Table } from "../../src/haproxy/tables/index.js";
import { connect, listen, SharedMemory, type WireListener } from "../../src/proxy/index.js";
import { freePort } from "../support/free-ports.js";

// Debian's haproxy is our peer, on loopback: what it counts we learn, and what we count it learns.

const program = "/usr/sbin/haproxy";
const missing = spawnSync(program, ["-v"]).status !== 0 && process.env["CI"] !== "true";
const place = { file: "test", line: 1, column: 1 };

const stored = (name: string, periodMs?: number, elements?: number) => ({ name, periodMs, elements });

function tableOf(name: string, type: StickTable["type"], stores: StickTable["stores"]): Table {
  const settings: StickTable = {
    name,
    type,
    keyLength: 31,
    size: 1000,
    expireMs: 600_000,
    noPurge: false,
    peers: "p",
    writeTo: undefined,
    recvOnly: false,
    stores,
    place,
  };
  return new Table(settings, new SharedMemory());
}

/** Asks haproxy's runtime socket. */
async function ask(path: string, command: string): Promise<string> {
  const socket = connectSocket(path);
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes.toString();
  });
  socket.end(`${command}\n`);
  await once(socket, "close");
  return answer;
}

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await check()) return;
    await sleep(50);
  }
  assert.fail("it didn't come about");
}

test("stick tables are the same here and on Debian's haproxy", {
  skip: missing && "no haproxy",
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-peers-"));
  const socket = join(folder, "cli");
  const [theirPort, ourPort, webPort, frontPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const web = createHttpServer((_request, response) => response.end("web")).listen(webPort, "127.0.0.1");
  writeFileSync(
    join(folder, "haproxy.cfg"),
    `global
  stats socket ${socket} level admin
  localpeer theirs
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
peers p
  peer theirs 127.0.0.1:${theirPort}
  peer ours 127.0.0.1:${ourPort}
  table own type integer size 1k expire 10m store gpc0
backend t
  stick-table type string size 1k expire 10m peers p store server_id,gpc0,conn_cur,conn_rate(10m),bytes_in_cnt,server_key
backend a
  stick-table type ip size 1k expire 10m peers p store gpc(3),gpt(2),gpc_rate(2,10m)
backend six
  stick-table type ipv6 size 1k expire 10m peers p store gpc0
frontend f
  bind 127.0.0.1:${frontPort}
  http-request track-sc0 src table a
  http-request sc-inc-gpc(1,0)
  default_backend b
backend b
  stick on path table t
  server web1 127.0.0.1:${webPort}
`,
  );
  const text = tableOf("t", "string", [
    stored("server_id"),
    stored("gpc0"),
    stored("conn_cur"),
    stored("conn_rate", 600_000),
    stored("bytes_in_cnt"),
    stored("server_key"),
  ]);
  const addresses = tableOf("a", "ip", [
    stored("gpc", undefined, 3),
    stored("gpt", undefined, 2),
    stored("gpc_rate", 600_000, 2),
  ]);
  const six = tableOf("six", "ipv6", [stored("gpc0")]);
  const own = tableOf("p/own", "integer", [stored("gpc0")]);
  const peer = (name: string, port: number): Peers["peers"][number] => ({
    name,
    address: { kind: "inet", host: "127.0.0.1", family: 4, ports: { from: port, to: port }, type: "stream" },
    server: undefined,
    place,
  });
  const settings: Peers = {
    name: "p",
    disabled: false,
    peers: [peer("theirs", theirPort), peer("ours", ourPort)],
    binds: [],
    tables: [],
    logs: [],
    place,
  };
  const section = new PeersSection(
    settings,
    "ours",
    [text, addresses, six, own],
    {
      now: () => performance.now(),
      after: (ms, work) => {
        const timer = setTimeout(work, ms);
        return () => clearTimeout(timer);
      },
      connect: (to, done) => {
        assert.equal(to.address?.kind, "inet");
        const port = to.address?.kind === "inet" ? (to.address.ports?.from ?? 0) : 0;
        const options = { host: "127.0.0.1", port, timeoutMs: 5000 };
        const connecting = connect(options, { onConnected: done, onFailed: () => done(undefined) });
        return () => connecting.cancel();
      },
      random: Math.random,
      otherThreads: false,
    },
    false,
  );
  let listener: WireListener | undefined;
  let child: ChildProcess | undefined;
  try {
    listener = await listen(
      { host: "127.0.0.1", port: ourPort, handshakeTimeoutMs: 0 },
      { onAccept: () => true, onWire: (wire) => section.accept(wire), onHandshakeFailed: () => undefined },
    );
    child = spawn(program, ["-db", "-f", join(folder, "haproxy.cfg")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    // Before we begin: what it has then is a lesson.
    await until(async () => (await ask(socket, "show version").catch(() => "")) !== "");
    await ask(socket, "set table t key before data.gpc0 3");
    section.start();
    await until(() => text.lookup("before")?.get("gpc0") === 3);
    await ask(
      socket,
      "set table t key after data.gpc0 4 data.conn_rate 9 data.bytes_in_cnt 5000000000 data.server_id -7",
    );
    await ask(socket, "set table own key 70000 data.gpc0 5");
    await ask(socket, "set table p/own key 70000 data.gpc0 5");
    await ask(socket, "set table six key 2001:db8::1 data.gpc0 6");
    await until(() => text.lookup("after")?.get("server_id") === -7);
    const after = text.lookup("after");
    assert.deepEqual(
      [after?.get("gpc0"), after?.get("conn_rate"), after?.get("bytes_in_cnt")],
      [4, 9, 5_000_000_000],
    );
    await until(() => own.lookup(70_000)?.get("gpc0") === 5);
    await until(() => six.lookup("2001:db8::1")?.get("gpc0") === 6);
    // Texts of its dictionary: the second is a number alone.
    for (const path of ["/one", "/two"]) {
      const [response] = (await once(get(`http://127.0.0.1:${frontPort}${path}`), "response")) as [
        { resume(): void },
      ];
      response.resume();
    }
    await until(() => text.lookup("/two")?.text("server_key") === "web1");
    assert.equal(text.lookup("/one")?.text("server_key"), "web1");
    await until(() => addresses.lookup("127.0.0.1")?.get("gpc", 1) === 2);
    assert.equal(addresses.lookup("127.0.0.1")?.get("gpc", 0), 0);
    // And the other way.
    const mine = text.getOrCreate("mine");
    mine?.add("gpc0", 300);
    mine?.add("conn_rate", 70_000);
    mine?.setText("server_key", "web9");
    mine?.set("server_id", -2);
    text.getOrCreate("more")?.setText("server_key", "web9");
    addresses.getOrCreate("10.1.2.3")?.add("gpc", 8, 2);
    addresses.getOrCreate("10.1.2.3")?.add("gpc_rate", 6, 1);
    own.getOrCreate(305_419_896)?.add("gpc0", 1);
    const shows = async (name: string, line: RegExp) => line.test(await ask(socket, `show table ${name}`));
    await until(() => shows("t", /key=more use=0 exp=\d+ .* server_key=web9/));
    await until(() =>
      shows(
        "t",
        /key=mine use=0 exp=\d+ server_id=-2 gpc0=300 conn_rate\(600000\)=70000 conn_cur=0 bytes_in_cnt=0 server_key=web9/,
      ),
    );
    await until(() =>
      shows("a", /key=10\.1\.2\.3 .* gpc0=0 gpc1=0 gpc2=8 gpc0_rate\(600000\)=0 gpc1_rate\(600000\)=6/),
    );
    await until(() => shows("p/own", /key=305419896 .* gpc0=1/));
    const peers = await ask(socket, "show peers p");
    assert.match(peers, /id=ours\(remote,active\).* last_status=ESTA/);
    assert.match(peers, /proto_err=0/);
    assert.equal(section.peers[0]?.protocolErrors, 0);
    // It starts anew, with nothing: it asks us for a lesson.
    child.kill("SIGKILL");
    await once(child, "exit");
    child = spawn(program, ["-db", "-f", join(folder, "haproxy.cfg")], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    await until(async () => /key=before .* gpc0=3/.test(await ask(socket, "show table t").catch(() => "")));
    assert.equal(await shows("t", /key=\/two .* server_key=web1/), true);
  } finally {
    section.stop();
    listener?.close();
    web.close();
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
