import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { rondoPath } from "../../src/package-root.js";
import { freePorts } from "../support/free-ports.js";
import { answering, command, launch, ok, ownFolder, rawServer, until } from "./haproxy-running.js";

/** Everything is on loopback addresses and files of this process's own. */
const linux = { skip: process.platform === "linux" ? false : "needs Linux" };
const folder = ownFolder({ after });
const backends = await Promise.all(
  ["one", "two"].map((name) =>
    rawServer(
      { after },
      answering(() => ok(name)),
    ),
  ),
);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const config = (port: number, global = "") => `global
${global}
defaults
  mode http
  timeout client 10s
  timeout connect 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:${port}
  default_backend shop
backend shop
  server one 127.0.0.1:${backends[0]} weight 2
  server two 127.0.0.1:${backends[1]} weight 1
`;

const run = (...words: string[]) =>
  spawnSync(process.execPath, [rondoPath, "haproxy", ...words], { encoding: "utf8" });

/** A request on a connection of its own: the answer's body. */
function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, agent: false }, (response) => {
      let body = "";
      response.on("data", (text) => (body += text));
      response.on("end", () =>
        response.statusCode === 200 ? resolve(body) : reject(new Error(`status ${response.statusCode}`)),
      );
      response.on("error", reject);
    }).on("error", reject);
  });
}

const answers = (port: number) => until("an answer", () => ask(port).catch(() => undefined));

/** Asks again and again until it is stopped; gives how often, and what went wrong. */
function askAll(port: number): { stop(): Promise<{ done: number; failed: string[] }> } {
  let going = true;
  let done = 0;
  const failed: string[] = [];
  const one = async () => {
    while (going)
      await ask(port).then(
        () => done++,
        (error: Error) => failed.push(error.message),
      );
  };
  const all = Promise.all([one(), one(), one(), one()]);
  return {
    async stop() {
      going = false;
      await all;
      return { done, failed };
    },
  };
}

test("it checks with HAProxy's exit status, and evaluates conditions", () => {
  const right = run("-c", "-f", file("right.cfg", config(1)));
  assert.deepEqual([right.status, right.stdout], [0, "Configuration file is valid\n"], right.stderr);
  const wrong = run("-c", "-f", file("wrong.cfg", `${config(1)}  fulcon 3\n`));
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /\[ALERT\] {4}\(\d+\) : config : parsing \[.*wrong\.cfg:\d+\]/);
  const idle = run("-c", "-f", file("idle.cfg", "backend shop\n  mode http\n"));
  assert.equal(idle.status, 2);
  assert.match(idle.stdout, /will not start \(no listener\) => exit\(2\)/);
  assert.deepEqual(
    ["version_atleast(2.4)", "streq(a,b)", "streq(a,"].map((text) => run("-cc", text).status),
    [0, 1, 2],
  );
});

test("one address that can't be had, and nothing is served", linux, async (t) => {
  const holder = createServer();
  holder.listen(0, "127.0.0.1");
  await once(holder, "listening");
  t.after(() => holder.close());
  const { port } = holder.address() as AddressInfo;
  const free = (await freePorts(1))[0]!;
  const { status, stderr } = run(
    "-D",
    "-f",
    file(
      "busy.cfg",
      `${config(free)}frontend other\n  mode http\n  timeout client 1s\n  bind 127.0.0.1:${port}\n`,
    ),
  );
  assert.equal(status, 1);
  assert.match(
    stderr,
    new RegExp(
      `for frontend other: cannot bind socket \\(Address already in use\\) for \\[127\\.0\\.0\\.1:${port}\\]`,
    ),
  );
  await assert.rejects(ask(free), /ECONNREFUSED/);
});

test("two threads share exactly by weight, and a soft stop ends both", linux, async (t) => {
  const port = (await freePorts(1))[0]!;
  const running = launch(t, ["-db", "-f", file("threads.cfg", config(port, "  nbthread 2"))]);
  await answers(port);
  const seen = { one: 0, two: 0 };
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let i = 0; i < 20; i++) seen[(await ask(port)) as "one" | "two"]++;
    }),
  );
  // The answer that was waited for was the first.
  assert.deepEqual([seen.one + seen.two, Math.abs(seen.one - 80) <= 1], [120, true], JSON.stringify(seen));
  running.child.kill("SIGUSR1");
  assert.equal(await running.ended, 0, running.said());
});

test(
  "a daemon has begun when the command returns, and hands its sockets to the next without losing a request",
  linux,
  async (t) => {
    const port = (await freePorts(1))[0]!;
    const stats = join(folder, "s1");
    const pids = join(folder, "pid");
    const path = file("daemon.cfg", config(port, `  stats socket ${stats} level admin expose-fd listeners`));
    const first = run("-D", "-p", pids, "-f", path);
    assert.equal(first.status, 0, first.stderr);
    const pid = Number(readFileSync(pids, "utf8"));
    t.after(() => stop(pid));
    assert.equal(await ask(port), "one");
    const load = askAll(port);
    const second = launch(t, ["-D", "-p", pids, "-x", stats, "-sf", String(pid), "-f", path]);
    assert.equal(await second.ended, 0, second.said());
    const next = Number(readFileSync(pids, "utf8"));
    t.after(() => stop(next));
    await until("the end of the first", () => !isThere(pid) || undefined);
    const { done, failed } = await load.stop();
    assert.deepEqual(failed, []);
    assert.ok(done > 0);
    assert.notEqual(next, pid);
  },
);

test(
  "a master reloads under load without a lost request, keeps what runs when the file is wrong, and ends with its worker",
  linux,
  async (t) => {
    const port = (await freePorts(1))[0]!;
    const socket = join(folder, "m1");
    const path = file("master.cfg", config(port));
    const running = launch(t, ["-W", "-S", socket, "-f", path]);
    await answers(port);
    const workerOf = async () => /^(\d+) +worker +0 /m.exec(await command(socket, "show proc"))?.[1];
    const before = await workerOf();
    const load = askAll(port);
    running.child.kill("SIGUSR2");
    await until("a new worker alone", async () => {
      const text = await command(socket, "show proc");
      const alone = text.includes("# workers") && !text.includes("# old workers");
      return (alone && !text.includes(`${before} `)) || undefined;
    });
    const { done, failed } = await load.stop();
    assert.deepEqual([failed, done > 0], [[], true]);
    assert.match(await command(socket, "@1 show info"), /^Process_num: 1$/m);
    const worker = await workerOf();
    writeFileSync(path, `${config(port)}  fulcon 3\n`);
    running.child.kill("SIGUSR2");
    await until("the failed reload", async () =>
      (await command(socket, "show proc")).includes("[failed: 1]") ? true : undefined,
    );
    assert.match(running.said(), /Loading failure!/);
    assert.match(await command(socket, "show proc"), new RegExp(`^${worker} `, "m"));
    assert.match(await ask(port), /one|two/);
    process.kill(Number(worker), "SIGKILL");
    assert.equal(await running.ended, 137, running.said());
    assert.match(running.said(), /Current worker \(\d+\) exited with code 137 \(Killed\)/);
  },
);

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function stop(pid: number): void {
  if (pid > 0 && isThere(pid)) process.kill(pid, "SIGKILL");
}
