import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readText } from "../../../test/read-keepalived.js";
import type { WorkerProcess } from "./crew.js";
import { DaemonLog } from "./log/daemon-log.js";
import type { FromWorker } from "./messages.js";
import { Supervisor } from "./supervisor.js";

/** A worker process that does at once what it is told. */
function worker(pid: number): WorkerProcess {
  let say: (message: FromWorker) => void = () => {};
  let end: (status: number | null, signal: NodeJS.Signals | null) => void = () => {};
  return {
    pid,
    send({ type }) {
      if (type === "become")
        for (const said of ["loaded", "started"] as const) queueMicrotask(() => say({ type: said }));
      if (type === "reload") queueMicrotask(() => say({ type: "reloaded" }));
      if (type === "stop") queueMicrotask(() => end(0, null));
    },
    kill: (signal) => queueMicrotask(() => end(null, signal)),
    onMessage: (listener) => {
      say = listener;
    },
    onExit: (listener) => {
      end = listener;
    },
  };
}

function supervisorOf(t: TestContext, more: string) {
  const folder = mkdtempSync(join(tmpdir(), "rondo-supervisor-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { config } = readText(
    `${more}\nvrrp_instance VI_1 { interface lo\n virtual_router_id 1\n virtual_ipaddress { 10.0.0.1 } }`,
  );
  const read = { config, sources: "", errors: [], warnings: [] };
  const text: string[] = [];
  let pid = 4_000_000; // Nobody has such a number, so that nobody is meant by the pid files.
  const supervisor = new Supervisor({
    file: "k.conf",
    read: () => read,
    first: read,
    lenient: false,
    choice: { vrrp: true, checker: true, bfd: true, all: false },
    roleOptions: { keepVips: false, keepServices: false, logAddresses: false, detail: false },
    respawn: true,
    namespace: undefined,
    pidPaths: {
      main: join(folder, "main"),
      vrrp: join(folder, "vrrp"),
      checker: join(folder, "checker"),
      bfd: join(folder, "bfd"),
    },
    launch: () => worker(++pid),
    log: new DaemonLog({
      console: true,
      detail: false,
      noSyslog: true,
      facility: 3,
      write: (line) => text.push(line),
    }),
    version: "test",
  });
  const times = (said: string) => text.filter((line) => line.includes(said)).length;
  return { supervisor, times };
}

test("a reload that comes while the startup script runs waits for it: no part is begun twice", {
  timeout: 20_000,
}, async (t) => {
  const { supervisor, times } = supervisorOf(
    t,
    'global_defs {\n startup_script "/bin/sleep 0.1"\n script_user root\n}',
  );
  const started = supervisor.start();
  await supervisor.reload();
  await started;
  assert.equal(times("Starting VRRP child process"), 1);
  assert.equal(times("Reload complete"), 1);
  await supervisor.stop();
});

test("a reload of one that has stopped before it began does nothing", { timeout: 20_000 }, async (t) => {
  const { supervisor, times } = supervisorOf(
    t,
    'global_defs {\n startup_script "/bin/sleep 5"\n script_user root\n}',
  );
  const started = supervisor.start();
  const reloaded = supervisor.reload();
  await supervisor.stop();
  await Promise.all([started, reloaded]);
  assert.equal(times("child process"), 0);
  assert.equal(times("Reload"), 0);
});
