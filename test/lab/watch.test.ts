import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { explainMissing } from "../../src/bpf/index.js";
import { rondo, start as startInside } from "./running.js";

// Two web servers behind a director that watches them, as a person meets it: by the commands alone.

const missing = explainMissing("maps", "xdp", "tc", "timers", "loops");
const lab = `watch-test-${process.pid}`;
const work = mkdtempSync(join(tmpdir(), "rondo-watch-"));
const said = join(work, "web1");
const vip = "192.168.4.15:80";

function run(...words: string[]): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [rondo, ...words], {
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, out: stdout, err: stderr };
}
const on = (host: string, ...words: string[]) => run("lab", "exec", `${lab}/${host}`, ...words);
function ok({ status, out, err }: ReturnType<typeof run>): string {
  assert.equal(status, 0, err || out);
  return out;
}
const start = (t: TestContext, host: string, ...words: string[]) =>
  startInside(t, (work) => work(), ["lab", "exec", `${lab}/${host}`, ...words]);
const own = (...words: string[]) => [process.execPath, rondo, ...words];

/** So many requests, each with a connection of its own: how many went where, and how many failed. */
function shares(requests: number): Record<string, number> {
  const code = `
    const answers = {};
    for (let i = 0; i < ${requests}; i++) {
      let who = "failed";
      try {
        who = (await (await fetch("http://${vip}/", { headers: { connection: "close" } })).text()).trim();
      } catch {}
      answers[who] = (answers[who] ?? 0) + 1;
    }
    console.log(JSON.stringify(answers));`;
  return JSON.parse(ok(on("client", process.execPath, "--input-type=module", "-e", code)));
}

/** The weights of web1 and web2. */
function weights(): number[] {
  const table = ok(on("director", "ipvsadm", "-Ln"));
  return [100, 200].map((end) => Number(new RegExp(`192.168.4.${end}:80 +Route +(\\d+)`).exec(table)?.[1]));
}

const watch = (t: TestContext, ...more: string[]) =>
  start(
    t,
    "director",
    ...own("watch", "--interval", "200ms", "--rise", "2", "--fall", "2", "--json", ...more),
  );
const watchPid = (): string => JSON.parse(ok(on("director", ...own("watch", "status", "--json")))).pid;

const skip = missing ?? false;
before(() => {
  if (missing) return;
  // The agent reads there as nobody.
  chmodSync(work, 0o755);
  ok(run("lab", "up", "dr", "--name", lab, "--hook", "tc"));
  const rules = `-E -t ${vip} -s wrr\n-e -t ${vip} -r 192.168.4.100 -w 100\n-e -t ${vip} -r 192.168.4.200 -w 100\n`;
  writeFileSync(join(work, "rules"), rules);
  ok(on("director", "sh", "-c", `while read -r line; do ipvsadm $line; done < ${join(work, "rules")}`));
});
after(() => {
  if (!missing) run("lab", "down", lab);
  rmSync(work, { recursive: true, force: true });
});

test("a server that dies gets nothing more and comes back, though the watch is killed in between", {
  skip,
}, async (t) => {
  const first = watch(t);
  await first.until(/"event":"watching"/);
  assert.deepEqual(weights(), [100, 100]);
  const second = on("director", ...own("watch"));
  assert.equal(second.status, 1);
  assert.match(second.err, /a watch is at work in this network namespace already/);

  const hosts = JSON.parse(ok(run("lab", "status", lab, "--json")))[0].hosts;
  const web1 = hosts.find(({ name }: { name: string }) => name === "web1").processes[0].pid;
  process.kill(web1, "SIGKILL");
  await first.until(/"event":"weight".*192.168.4.100:80.*"from":100,"to":0/);
  assert.deepEqual(shares(12), { "192.168.4.200": 12 });

  // Killed, nothing changes; the administrator types something; the next watch knows what web1 had.
  ok(on("director", "kill", "-9", watchPid()));
  await first.end();
  ok(on("director", "ipvsadm", "-e", "-t", vip, "-r", "192.168.4.200", "-w", "50"));
  assert.deepEqual(weights(), [0, 50]);
  const third = watch(t);
  start(t, "web1", process.execPath, "-e", webServer);
  await third.until(/"event":"weight".*192.168.4.100:80.*"from":0,"to":100/);
  assert.deepEqual(shares(12), { "192.168.4.100": 8, "192.168.4.200": 4 });

  // What an agent says is followed in steps; what it was told wins.
  writeFileSync(said, "25%\n");
  const agent = start(
    t,
    "web1",
    ...own(
      "agent",
      "--without-load",
      "--file",
      said,
      "--smooth",
      "0",
      "--every",
      "100ms",
      "--port",
      "9778",
      "--user",
      "root",
    ),
  );
  await agent.until(/answering on port 9778: ready up 25%/);
  third.child.kill("SIGTERM");
  assert.equal((await third.end()).status, 0);
  const fourth = watch(t, "--tcp", "--agent", "9778", "--step", "40");
  await fourth.until(/"from":100,"to":60,"configured":100.*\n(.*\n)*.*"from":60,"to":25,"configured":100/);
  assert.deepEqual(shares(12), { "192.168.4.100": 4, "192.168.4.200": 8 });
  assert.equal(ok(on("web1", ...own("agent", "drain", "--port", "9778"))), "drain up 25%\n");
  await fourth.until(/"event":"agent".*"says":"drain"/);
  await fourth.until(/"from":25,"to":0/);

  // Told to end, it gives back what was configured; killed, `restore` does.
  fourth.child.kill("SIGTERM");
  assert.equal((await fourth.end()).status, 0);
  assert.deepEqual(weights(), [100, 50]);
  const last = watch(t, "--agent", "9778");
  await last.until(/"from":100,"to":0/);
  ok(on("director", "kill", "-9", watchPid()));
  assert.match(ok(on("director", ...own("watch", "restore"))), /192.168.4.100:80 of .*: weight 0 → 100\n/);
  assert.deepEqual(weights(), [100, 50]);
  agent.child.kill("SIGTERM");
  assert.equal((await agent.end()).status, 0);
});

const webServer = `require("node:http").createServer((request, response) => response.end("192.168.4.100\\n")).listen(80)`;
