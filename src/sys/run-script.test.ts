import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { runScript } from "./run-script.js";

const folder = mkdtempSync(join(tmpdir(), "rondo-script-"));
chmodSync(folder, 0o777);
after(() => rmSync(folder, { recursive: true, force: true }));
const sh = (text: string): [string, ...string[]] => ["/bin/sh", "-c", text];
const alive = (pid: number) => {
  try {
    // A process that has ended and was not asked about yet is not alive.
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};
async function until(what: () => boolean): Promise<void> {
  for (let i = 0; !what(); i++) {
    assert.ok(i < 1000, "it took too long");
    await setTimeout(10);
  }
}

test("a script's status and signal are given, and its words reach no shell", async () => {
  assert.deepEqual(await runScript({ argv: sh("exit 3") }), { status: 3, timedOut: false });
  assert.deepEqual(await runScript({ argv: sh("kill -9 $$") }), { killedBy: "SIGKILL", timedOut: false });
  const out = join(folder, "words");
  await runScript({ argv: ["/bin/sh", "-c", `printf '%s|' "$@" > ${out}`, "x", "a b", "$HOME;'"] });
  assert.equal(readFileSync(out, "utf8"), "a b|$HOME;'|");
});

test("a program that can't be run is named with the reason", async () => {
  const plain = join(folder, "plain");
  writeFileSync(plain, "#!/bin/sh\nexit 0\n", { mode: 0o644 });
  assert.deepEqual(await runScript({ argv: [join(folder, "none")] }), {
    timedOut: false,
    missing: `${join(folder, "none")} can't be run: there is no such file`,
  });
  assert.match(String((await runScript({ argv: [plain] })).missing), /permission denied|may not execute/);
  assert.equal((await runScript({ argv: [folder] })).missing !== undefined, true);
  assert.deepEqual(await runScript({ argv: sh("exit 127") }), { status: 127, timedOut: false });
});

test("a timeout ends the whole group, also what ignores SIGTERM", async () => {
  const note = join(folder, "pids");
  const result = await runScript(
    { argv: sh(`sh -c 'trap "" TERM; echo $$ > ${note}; while :; do sleep 0.05; done' & wait`) },
    { timeout: 300, killAfter: 100 },
  );
  assert.deepEqual(result, { killedBy: "SIGTERM", timedOut: true });
  assert.equal(alive(Number(readFileSync(note, "utf8"))), false);
});

test("the signal ends it; one that came before keeps it from starting", async () => {
  const end = new AbortController();
  const running = runScript({ argv: sh("sleep 100") }, { signal: end.signal, started: () => end.abort() });
  assert.deepEqual(await running, { killedBy: "SIGTERM", timedOut: false });
  const note = join(folder, "never");
  assert.equal((await runScript({ argv: sh(`touch ${note}`) }, { signal: end.signal })).status, undefined);
  assert.equal(existsSync(note), false);
});

test("forty at once are all waited for", async () => {
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, i) => runScript({ argv: sh(`exit ${i}`) })),
  );
  assert.deepEqual(
    results.map(({ status }) => status),
    Array.from({ length: 40 }, (_, i) => i),
  );
});

test("it runs as its user, in no other group, with nothing of ours in its environment", async (t) => {
  const out = join(folder, "environment");
  process.env["NOTIFY_SOCKET"] = "/nowhere";
  t.after(() => delete process.env["NOTIFY_SOCKET"]);
  await runScript({ argv: sh(`env > ${out}`) }, { env: { EXTRA: "1" } });
  const env = readFileSync(out, "utf8");
  assert.match(env, /^PATH=/m);
  assert.match(env, /^EXTRA=1$/m);
  assert.doesNotMatch(env, /NOTIFY_SOCKET|^NODE_/m);
  if (process.getuid?.() !== 0) return t.skip("needs root");
  const ids = join(folder, "ids");
  await runScript({
    argv: sh(`(id -u; id -g; id -G; tty; ls -l /proc/$$/fd) > ${ids}`),
    user: { uid: 65534, gid: 65534 },
  });
  const [uid, gid, groups] = readFileSync(ids, "utf8").split("\n");
  assert.deepEqual([uid, gid, groups], ["65534", "65534", "65534"]);
});

test("a script ends with a process that was killed", async (t) => {
  if (spawnSync("setpriv", ["--help"], { encoding: "utf8" }).stdout?.includes("pdeathsig") !== true)
    return t.skip("needs setpriv");
  const index = new URL("./run-script.js", import.meta.url).href;
  const parent = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { runScript } from ${JSON.stringify(index)};
       runScript({ argv: ["/bin/sleep", "100"] }, { started: (pid) => console.log(pid) });`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(String(line));
  // setpriv has become the program, so it has asked for the signal.
  await until(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "sleep");
  parent.kill("SIGKILL");
  await until(() => !alive(pid));
});
