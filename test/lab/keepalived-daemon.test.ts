import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type DaemonStatus, runningDaemons } from "../../src/daemon/keepalived/index.js";
import * as sys from "../../src/sys/index.js";
import { rondo } from "./running.js";

// The daemon as a person meets it, in a network namespace of its own, with all of its files in a folder of its own.

const root = process.getuid?.() === 0;
const name = `rondo-kad-${process.pid}`;
const work = mkdtempSync(join(tmpdir(), "rondo-kad-"));
const path = (file: string) => join(work, file);
const vip = "10.99.0.80";
const started = new Set<number>();
let smtp: Server | undefined;
const mails: string[] = [];

function ip(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync("ip", words, { encoding: "utf8" });
  assert.equal(status, 0, `ip ${words.join(" ")}: ${stderr}`);
  return stdout;
}
const inside = (...words: string[]) => ip("-n", name, ...words);
const hasVip = () => inside("-4", "addr", "show").includes(`${vip}/`);

before(() => {
  if (!root) return;
  chmodSync(work, 0o755);
  ip("netns", "add", name);
  inside("link", "set", "lo", "up");
  inside("link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
  inside("addr", "add", "10.99.0.1/24", "dev", "eth0");
  inside("link", "set", "eth0", "up");
  inside("link", "set", "peer0", "up");
  const fd = openSync(`/run/netns/${name}`, "r");
  smtp = smtpServer();
  sys.withNetworkNamespace(fd, () => {
    smtp!.listen(2525);
  });
  sys.close(fd);
  // What says who it is, and how it was called; one line for each run.
  mkdirSync(path("out"));
  chmodSync(path("out"), 0o777);
  writeFileSync(path("note"), `#!/bin/sh\necho "$(id -u) $*" >> ${path("out")}/$(id -u)\n`, { mode: 0o755 });
  chmodSync(path("note"), 0o755);
});

after(() => {
  for (const pid of started) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
  smtp?.close();
  if (root) spawnSync("ip", ["netns", "del", name]);
  rmSync(work, { recursive: true, force: true });
});

/** Takes every mail, and keeps its text. */
function smtpServer(): Server {
  return createServer((socket) => {
    let text = "";
    let inData = false;
    socket.write("220 test\r\n");
    socket.setEncoding("utf8");
    socket.on("error", () => {});
    socket.on("data", (part: string) => {
      text += part;
      for (;;) {
        const end = inData ? text.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
        if (end < 0) return;
        const line = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) {
          mails.push(line);
          inData = false;
          socket.write("250 ok\r\n");
        } else if (line === "DATA") {
          inData = true;
          socket.write("354 go\r\n");
        } else if (line === "QUIT") socket.end("221 bye\r\n");
        else socket.write("250 ok\r\n");
      }
    });
  });
}

const conf = (more = "", instance = "") => `
global_defs {
  router_id TEST
  notify_fifo ${path("fifo")}
  script_user root
  vrrp_version 3
  notification_email { admin@example.com }
  notification_email_from keepalived@example.com
  smtp_server 127.0.0.1 2525
  smtp_connect_timeout 5
  ${more}
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority 100
  advert_int 0.1
  virtual_ipaddress { ${vip}/24 }
  notify "${path("note")} generic 'two words'" nobody
  notify_master "${path("note")} master"
  smtp_alert
  ${instance}
}
vrrp_instance VI_2 {
  version 2
  interface eth0
  virtual_router_id 52
  advert_int 60
  authentication {
    auth_type PASS
    auth_pass geheim
  }
  virtual_ipaddress { 10.99.0.82/24 }
}
`;

const pids = [
  "-p",
  path("main.pid"),
  "-r",
  path("vrrp.pid"),
  "-c",
  path("checkers.pid"),
  "-b",
  path("bfd.pid"),
];
const pidOf = (part: string) => Number(readFileSync(path(`${part}.pid`), "utf8"));

interface Started {
  readonly child: ChildProcess;
  readonly log: () => string;
}

function start(words: readonly string[], env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(
    process.execPath,
    [rondo, "keepalived", "-f", path("k.conf"), "-s", name, ...pids, ...words],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, TMPDIR: path("tmp"), ...env } },
  );
  started.add(child.pid!);
  let log = "";
  child.stderr!.setEncoding("utf8").on("data", (part: string) => {
    log += part;
  });
  return { child, log: () => log };
}

async function until(what: () => boolean, why: () => string): Promise<void> {
  for (const end = Date.now() + 60_000; !what(); await setTimeout(20))
    if (Date.now() > end) assert.fail(`it took too long: ${why()}`);
}
const said = (one: Started, text: string, times = 1) =>
  until(() => one.log().split(text).length > times, one.log);
/** Its exit status, when all that it said has been read. */
const ended = async (one: Started): Promise<number | null> => {
  await until(() => one.child.exitCode !== null || one.child.signalCode !== null, one.log);
  await setTimeout(20);
  return one.child.exitCode;
};
const ask = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [rondo, "keepalived", ...words, "--namespace", name, "--pid", path("main.pid")],
    { encoding: "utf8", timeout: 60_000 },
  );
  return { status, out: stdout, err: stderr };
};
/** Asked as `rondo keepalived status` does it, within this process: a command takes its time to begin. */
async function status(): Promise<DaemonStatus> {
  const fd = openSync(`/run/netns/${name}`, "r");
  let daemons: ReturnType<typeof runningDaemons> | undefined;
  sys.withNetworkNamespace(fd, () => {
    daemons = runningDaemons();
  });
  sys.close(fd);
  const one = (await daemons!).find(({ pidFile }) => pidFile === path("main.pid"));
  return (await one!.ask({ command: "status" })) as DaemonStatus;
}
async function spareOne(not?: number): Promise<number> {
  for (const end = Date.now() + 60_000; Date.now() < end; await setTimeout(20)) {
    const { spare } = await status();
    if (spare !== null && spare !== not) return spare;
  }
  return assert.fail("there is no spare one");
}
const lines = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);

test("a daemon starts, tells, is asked, reloads, survives and stops", async (t: TestContext) => {
  if (!root) return t.skip("needs root");
  mkdirSync(path("tmp"));
  writeFileSync(path("k.conf"), conf());
  const read: string[] = [];
  const one = start(["-n", "-l", "-G", "-D"]);
  await until(() => existsSync(path("fifo")), one.log);
  const fifo = createReadStream(path("fifo"), { encoding: "utf8" });
  fifo.on("data", (part) =>
    read.push(
      ...String(part)
        .split(/(?<=\n)/)
        .filter((line) => line.includes("VI_1")),
    ),
  );
  await said(one, "(VI_1) Entering MASTER STATE");
  await said(one, "Startup complete");
  assert.equal(hasVip(), true);
  assert.equal(pidOf("main"), one.child.pid);

  // Who follows: scripts as their users, with the real one's words; FIFO; mail.
  await until(() => lines(path("out/0")).length === 1 && lines(path("out/65534")).length === 2, one.log);
  assert.deepEqual(lines(path("out/0")), ["0 master"]);
  assert.deepEqual(lines(path("out/65534")), [
    "65534 generic two words INSTANCE VI_1 BACKUP 100",
    "65534 generic two words INSTANCE VI_1 MASTER 100",
  ]);
  const transitions = 'INSTANCE "VI_1" BACKUP 100\nINSTANCE "VI_1" MASTER 100\n';
  await until(
    () => read.join("") === transitions,
    () => read.join(""),
  );
  await until(
    () => mails.length === 2,
    () => mails.join("\n"),
  );
  assert.match(mails[1]!, /^Subject: \[TEST\] VRRP Instance VI_1 - Entering MASTER state\r$/m);
  assert.match(mails[1]!, /^=> VRRP Instance is now owning VRRP VIPs <=/m);
  assert.match(mails[1]!, /^To: admin@example\.com\r$/m);

  // A second one, by the same files.
  const two = start(["-n", "-l", "-G"]);
  assert.equal(await ended(two), 1);
  assert.match(two.log(), /daemon is already running/);

  // The VRRP process dies: the spare one goes on, and nobody notices.
  const spare = await spareOne();
  process.kill(pidOf("vrrp"), "SIGKILL");
  await said(one, "took over with the last snapshot");
  assert.equal(pidOf("vrrp"), spare);
  const [vrrp] = (await status()).workers;
  assert.equal(vrrp!.restarts, 1);
  assert.ok(vrrp!.takeover! < 1000, `${vrrp!.takeover} ms`);
  assert.equal(hasVip(), true);
  // So does the spare one, of which there is another soon.
  const next = await spareOne();
  process.kill(next, "SIGKILL");
  await spareOne(next);
  assert.equal(read.join(""), transitions, "nobody was told of a transition");

  // A bad file changes nothing; a good one does.
  writeFileSync(path("k.conf"), conf("", "proirity 50"));
  process.kill(one.child.pid!, "SIGHUP");
  await said(one, "Reload refused");
  await until(() => /k\.conf:\d+:\d+: error: .*proirity/.test(one.log()), one.log);
  const refused = ask("reload");
  assert.equal(refused.status, 1);
  assert.match(refused.err, /proirity/);
  writeFileSync(path("k.conf"), conf().replace("smtp_alert", ""));
  assert.equal(ask("reload").status, 0);
  await said(one, "Reload complete");
  assert.doesNotMatch(one.log(), /is an address of eth0 already/, "the VIP that it holds itself");
  assert.equal(read.join(""), transitions);

  // Dumps: by signals, also those that Node has no names for; a link that lies there is not followed.
  writeFileSync(path("victim"), "mine");
  symlinkSync(path("victim"), path("tmp/keepalived.data"));
  process.kill(one.child.pid!, "SIGUSR1");
  await said(one, "Written:", 1);
  process.kill(one.child.pid!, "SIGUSR2");
  await said(one, "Written:", 2);
  assert.equal(spawnSync("kill", ["-36", String(one.child.pid)]).status, 0);
  await said(one, "Written:", 3);
  assert.equal(readFileSync(path("victim"), "utf8"), "mine");
  assert.equal(lstatSync(path("tmp/keepalived.data")).isFile(), true);
  const data = readFileSync(path("tmp/keepalived.data"), "utf8");
  assert.match(data, / VRRP Instance = VI_1\n {3}State = MASTER/);
  assert.match(
    readFileSync(path("tmp/keepalived.stats"), "utf8"),
    /^VRRP Instance: VI_1\n {2}Advertisements:\n/,
  );
  const [json] = JSON.parse(readFileSync(path("tmp/keepalived.json"), "utf8"));
  assert.deepEqual([json.data.iname, json.data.state, json.data.vrid], ["VI_1", 2, 51]);
  for (const file of ["keepalived.data", "keepalived.json", "keepalived_parent.data"])
    assert.doesNotMatch(readFileSync(path(`tmp/${file}`), "utf8"), /geheim/);
  assert.doesNotMatch(one.log(), /geheim/);

  assert.match(ask("explain").out, /^VI_1: MASTER\n/);
  assert.match(ask("stats").out, /^VI_1 +\d+ +0 +1 /m);
  assert.match(ask("metrics").out, /^rondo_vrrp_state\{instance="VI_1",state="MASTER"\} 1$/m);
  assert.match(ask("status").out, /^VI_1 +MASTER +100 .*this node$/m);
  const typo = ask("statsu");
  assert.equal(typo.status, 2);
  assert.match(typo.err, /status/);

  one.child.kill("SIGTERM");
  assert.equal(await ended(one), 0);
  await said(one, "Stopped Keepalived v2.2.7");
  assert.equal(hasVip(), false);
  for (const file of ["main.pid", "vrrp.pid", "fifo"]) assert.equal(existsSync(path(file)), false, file);
  assert.equal(lines(path("out/65534")).at(-1), "65534 generic two words INSTANCE VI_1 STOP 100");
  fifo.destroy();
  assert.match(read.join(""), /INSTANCE "VI_1" STOP 100\n$/);
});

test("a file with errors is refused with its status, unless it is to run all the same", async (t) => {
  if (!root) return t.skip("needs root");
  // Its scripts are told of as well, without which the status would be that of scripts without security.
  writeFileSync(path("k.conf"), conf("enable_script_security", "proirity 50"));
  const one = start(["-n", "-l", "-G"]);
  assert.equal(await ended(one), 5);
  assert.match(one.log(), /proirity/);
  assert.equal(existsSync(path("main.pid")), false);
});

test("a mail server that never answers does not hold up the end", async (t) => {
  if (!root) return t.skip("needs root");
  let asked = false;
  const silent = createServer(() => {
    asked = true;
  });
  t.after(() => silent.close());
  const fd = openSync(`/run/netns/${name}`, "r");
  sys.withNetworkNamespace(fd, () => {
    silent.listen(2526);
  });
  sys.close(fd);
  writeFileSync(
    path("k.conf"),
    `child_wait_time 1\n${conf().replace("1 2525", "1 2526").replace("timeout 5", "timeout 300")}`,
  );
  const one = start(["-n", "-l", "-G"]);
  await until(() => asked, one.log);
  process.kill(pidOf("main"), "SIGTERM");
  assert.equal(await ended(one), 0);
});

test("in the background: syslog, systemd, and all ends with the supervisor", async (t) => {
  if (!root) return t.skip("needs root");
  const inbox = (file: string) => {
    const fd = sys.socket(sys.AF_UNIX, sys.SOCK_DGRAM | sys.SOCK_NONBLOCK);
    sys.bind(fd, sys.unixAddress(path(file)));
    t.after(() => sys.close(fd));
    const got: string[] = [];
    const buffer = Buffer.alloc(65_536);
    return () => {
      for (let length = sys.receive(fd, buffer); length !== undefined; length = sys.receive(fd, buffer))
        got.push(buffer.toString("utf8", 0, length));
      return got;
    };
  };
  const syslog = inbox("log");
  const systemd = inbox("systemd");
  writeFileSync(path("k.conf"), conf("", "").replace("smtp_alert", ""));
  const one = start(["--lenient", "-D", "-S", "local2", "--syslog-socket", path("log")], {
    NOTIFY_SOCKET: path("systemd"),
  });
  assert.equal(await ended(one), 0, one.log());
  const main = pidOf("main");
  started.add(main);
  const worker = pidOf("vrrp");
  started.add(worker);
  assert.match(systemd().join("\n"), /^READY=1\nMAINPID=\d+/m);
  await until(
    () => hasVip(),
    () => syslog().join("\n"),
  );
  // Facility 18, severity 6.
  assert.match(
    syslog().join("\n"),
    new RegExp(
      `^<150>\\w{3} [ \\d]\\d [\\d:]{8} Keepalived_${name}\\[${main}\\]: Starting VRRP child process`,
      "m",
    ),
  );
  assert.match(
    syslog().join("\n"),
    new RegExp(`Keepalived_vrrp_${name}\\[${worker}\\]: \\(VI_1\\) Entering MASTER STATE`),
  );
  // The spare one may still be loading: it ends, too.
  const children = readFileSync(`/proc/${main}/task/${main}/children`, "utf8").trim().split(" ").map(Number);
  for (const pid of children) started.add(pid);
  process.kill(main, "SIGKILL");
  await until(
    () => children.every((pid) => !existsSync(`/proc/${pid}`)),
    () => syslog().join("\n"),
  );
  assert.equal(hasVip(), false, "it has stopped in order");

  // What it left is no obstacle, and its socket is cleared away.
  const two = start(["-n", "-l", "-G"]);
  await said(two, "Startup complete");
  await said(two, "Remove a zombie pid file");
  const stopped = ask("stop");
  assert.equal(stopped.status, 0, stopped.err);
  assert.equal(await ended(two), 0);
});
