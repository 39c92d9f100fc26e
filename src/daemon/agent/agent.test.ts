import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { freePort } from "../../../test/support/free-ports.js";
import { parsePrefix } from "../../ipvs/prefix.js";
import { IpAddress } from "../../wire/address.js";
import { Agent, type AgentOptions } from "./agent.js";
import { Answer } from "./answer.js";
import { Smoothed, shares } from "./formula.js";
import { findUser } from "./privileges.js";
import { establishedAt, lookAtSources, readLoad, readMemory } from "./sources.js";

const formula = { full: 2, least: 10, smooth: 10_000 };

test("every source leaves a part of 100", () => {
  const at = (measures: object, more: object = {}) =>
    shares({ cpus: 4, given: [], ...measures }, { ...formula, ...more });
  assert.deepEqual(at({ load: 0 }), { load: 100 });
  assert.deepEqual(at({ load: 4 }), { load: 50 });
  assert.deepEqual(at({ load: 80 }), { load: 0 });
  assert.deepEqual(at({ memory: { available: 15, total: 100 } }), { memory: 50 });
  assert.deepEqual(at({ memory: { available: 3, total: 100 } }), { memory: 0 });
  assert.deepEqual(at({ memory: { available: 80, total: 100 } }), { memory: 100 });
  assert.deepEqual(at({ connections: 25 }, { mostConnections: 100 }), { connections: 75 });
  assert.deepEqual(at({ given: [70, 30], load: 2 }), { load: 75, given: 30 });
});

test("the answer follows slowly, is never below the least, and stays within what was measured", () => {
  const smoothed = new Smoothed(formula);
  assert.equal(smoothed.percent, undefined);
  smoothed.take({}, 0);
  smoothed.take({ load: 100 }, 0);
  assert.equal(smoothed.percent, 100);
  for (let time = 1000; time <= 10_000; time += 1000) smoothed.take({ load: 0, memory: 50 }, time);
  // After as long as it takes, 1/e of the way is left: 36.8.
  assert.equal(smoothed.percent, 37);
  for (let time = 11_000; time <= 60_000; time += 1000) smoothed.take({ load: 0 }, time);
  assert.equal(smoothed.percent, 10);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), fc.nat(30_000)), { minLength: 1 }), (looks) => {
      const one = new Smoothed({ ...formula, least: 1 });
      let now = 0;
      for (const [share, passed] of looks) one.take({ load: share }, (now += passed));
      const all = looks.map(([share]) => share);
      assert.ok(one.percent! >= Math.min(...all) && one.percent! <= Math.max(1, ...all));
    }),
  );
});

test("states that hold are said every time, ready for five minutes; the worst of person and file counts", () => {
  const answer = new Answer(0);
  assert.deepEqual(answer.report(80, 1000), { administrative: "ready", operating: "up", percent: 80 });
  assert.deepEqual(answer.report(80, 300_000), { operating: "up", percent: 80 });
  answer.administer("drain", 400_000);
  answer.found({ said: { administrative: "maint", maxConnections: 5 } });
  assert.deepEqual(answer.report(80, 900_000), {
    administrative: "maint",
    operating: "up",
    percent: 80,
    maxConnections: 5,
  });
  answer.found({ said: { percent: 0 } });
  assert.deepEqual(answer.report(10, 900_000), { administrative: "drain", operating: "up", percent: 0 });
  answer.found({ said: { operating: "fail", description: "no disk" } });
  answer.administer("ready", 950_000);
  assert.deepEqual(answer.report(undefined, 950_000), {
    administrative: "ready",
    operating: "fail",
    description: "no disk",
  });
  answer.operate("stopped", "for lunch");
  assert.equal(answer.report(5, 950_000).description, "for lunch");
  answer.operate("up");
  answer.found({ said: {} });
  assert.deepEqual(answer.report(5, 2_000_000), { operating: "up", percent: 5 });
});

test("the kernel's files are read", async () => {
  assert.equal(readLoad("0.42 0.36 0.30 1/512 4711\n"), 0.42);
  assert.throws(() => readLoad("nonsense"));
  assert.deepEqual(readMemory("MemTotal:       16 kB\nMemFree:  1 kB\nMemAvailable:    4 kB\n"), {
    available: 4096,
    total: 16_384,
  });
  assert.throws(() => readMemory("MemTotal:       16 kB\n"), /no MemAvailable/);
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid",
    "   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0",
    "   1: 0100007F:0050 0200007F:C350 01 00000000:00000000 00:00000000 00000000     0",
    "   2: 0100007F:0050 0200007F:C351 06 00000000:00000000 00:00000000 00000000     0",
    "  10: 0100007F:C350 0200007F:0050 01 00000000:00000000 00:00000000 00000000     0",
    " 123: 00000000000000000000000001000000:0050 00000000000000000000000001000000:D000 01 0:0",
  ].join("\n");
  assert.equal(establishedAt(table, 80), 2);
  const found = await lookAtSources({ load: true, memory: true, connectionsOf: 1, commandTime: 1000 });
  assert.deepEqual(found.troubles, []);
  assert.ok(found.measures.cpus > 0 && found.measures.load! >= 0 && found.measures.connections! >= 0);
  const user = findUser("www", "root:x:0:0:root:/root:/bin/sh\nwww:x:33:34::/:/bin/false\n");
  assert.deepEqual(user, { name: "www", uid: 33, gid: 34 });
  assert.throws(() => findUser("nobody-here", ""), /no user nobody-here/);
});

test("commands: what they print counts, and how they end", async () => {
  const command = async (command: string, commandTime = 20_000) => {
    const { said, measures, troubles } = await lookAtSources({
      load: false,
      memory: false,
      command,
      commandTime,
    });
    return { said, given: measures.given, troubles };
  };
  assert.deepEqual(await command("echo 40% drain; echo more"), {
    said: { percent: 40, administrative: "drain" },
    given: [40],
    troubles: [],
  });
  assert.deepEqual((await command("echo 40%; exit 3")).said, {
    operating: "fail",
    description: "command ended with status 3",
  });
  assert.deepEqual((await command("sleep 100", 100)).said, {
    operating: "fail",
    description: "command took too long",
  });
  assert.deepEqual((await command("echo 9%; sleep 100 &")).given, [9]);
  assert.deepEqual((await command("echo hello")).troubles, ['the command says "hello", which means nothing']);
});

async function listening(t: TestContext, more: Partial<AgentOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "rondo-agent-"));
  const file = join(folder, "says");
  writeFileSync(file, "60%\n");
  const port = await freePort();
  const options: AgentOptions = {
    port,
    addresses: [IpAddress.of("127.0.0.1")],
    allow: [],
    load: false,
    memory: false,
    file,
    commandTime: 1000,
    every: 100,
    full: 2,
    least: 10,
    smooth: 0,
    ...more,
  };
  const end = new AbortController();
  let begun = () => {};
  const ready = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const agent = new Agent(options, {
    now: () => performance.now(),
    sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
    tell: () => begun(),
    complain: () => {},
  });
  const running = agent.run(end.signal);
  t.after(async () => {
    end.abort();
    await running.catch(() => {});
    rmSync(folder, { recursive: true });
  });
  await Promise.race([ready, running]);
  return { port, agent, options, end, running };
}

/** What comes until the other side closes. */
function ask(port: number, write = ""): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => write && socket.write(write));
    let text = "";
    socket.on("data", (data) => {
      text += data;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    socket.on("close", () => resolve(text));
  });
}

test("many ask, some say things, some never read or close; the answer is the same, and the end is in order", async (t) => {
  const { port, agent, end, running, options } = await listening(t);
  const idle: Socket[] = Array.from({ length: 20 }, () => {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    return socket.on("error", () => {}).pause();
  });
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => ask(port, i % 2 ? "x".repeat(50_000) : "")),
  );
  assert.ok(
    answers.every((answer) => answer === "ready up 60%\n" || answer === "ECONNRESET" || answer === "EPIPE"),
    `${answers}`,
  );
  assert.ok(answers.filter((answer) => answer === "ready up 60%\n").length >= 15);
  assert.ok(agent.status().answered >= 30);
  const second = new Agent(options, {
    now: () => 0,
    sleep: async () => {},
    tell: () => {},
    complain: () => {},
  });
  await assert.rejects(second.run(end.signal), /port \d+ is taken at 127.0.0.1/);
  end.abort();
  await running;
  assert.equal(await ask(port), "ECONNREFUSED");
  for (const socket of idle) socket.destroy();
});

test("who is not allowed hears nothing", async (t) => {
  const { port, agent } = await listening(t, {
    allow: [parsePrefix("10.0.0.0/8", "--allow"), parsePrefix("::1", "--allow")],
  });
  assert.notEqual(await ask(port), "ready up 60%\n");
  assert.equal(agent.status().refused, 1);
});

test("a file that never ends, and a pipe that nobody writes to, hold nobody up", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-agent-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const file of [pipe, "/dev/zero"]) {
    const { measures } = await lookAtSources({ load: false, memory: false, file, commandTime: 1000 });
    assert.deepEqual(measures.given, []);
  }
});
