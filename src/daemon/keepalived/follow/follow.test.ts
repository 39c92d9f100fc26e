import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readText } from "../../../../test/read-keepalived.js";
import { silent } from "../../../errors.js";
import { openFifo, type Script } from "../../../sys/index.js";
import type { InstanceState, RoleEvent } from "../role.js";
import { Follower } from "./follower.js";
import { type Mail, mailOf } from "./mail-of.js";
import { followingOf } from "./notify.js";
import { ScriptQueue } from "./script-queue.js";

const folder = mkdtempSync(join(tmpdir(), "rondo-follow-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const { config } = readText(`
global_defs {
  router_id LVS
  script_user root
  notification_email { a@example.com b@example.com }
  smtp_server 127.0.0.1
}
vrrp_sync_group G {
  group { VI_1 VI_2 }
  notify /bin/true
  smtp_alert
}
vrrp_instance VI_1 {
  interface lo
  virtual_router_id 1
  virtual_ipaddress { 10.0.0.1 }
  notify_master "/bin/true became master"
  notify_deleted "/bin/true deleted"
  notify "/bin/echo x"
  notify_priority_changes
  smtp_alert
}
vrrp_instance VI_2 {
  interface lo
  virtual_router_id 2
  virtual_ipaddress { 10.0.0.2 }
  notify_fault "/bin/true fault"
  notify_master_rx_lower_pri /bin/false
}
`);
const instance = (name: string, state: InstanceState, priority = 100): RoleEvent => ({
  kind: "instance",
  name,
  state,
  priority,
});
const words = (event: RoleEvent) =>
  followingOf(event, config).scripts.map(({ script }) => script.argv.join(" "));
const line = (event: RoleEvent) => followingOf(event, config).fifo?.line;

test("scripts and FIFO lines have the real one's words", () => {
  assert.deepEqual(words(instance("VI_1", "MASTER")), [
    "/bin/true became master",
    "/bin/echo x INSTANCE VI_1 MASTER 100",
  ]);
  assert.equal(line(instance("VI_1", "MASTER")), 'INSTANCE "VI_1" MASTER 100');
  assert.deepEqual(words(instance("VI_1", "DELETED")), [
    "/bin/true deleted",
    "/bin/echo x INSTANCE VI_1 DELETED 100",
  ]);
  // Without notify_deleted it is a FAULT, as it was once.
  assert.deepEqual(words(instance("VI_2", "DELETED")), ["/bin/true fault"]);
  assert.equal(line(instance("VI_2", "DELETED")), 'INSTANCE "VI_2" FAULT 100');
  const group: RoleEvent = { kind: "group", name: "G", state: "FAULT" };
  assert.deepEqual(words(group), ["/bin/true GROUP G FAULT 0"]);
  assert.equal(line(group), 'GROUP "G" FAULT 0');
  const lower: RoleEvent = { kind: "lower-priority", name: "VI_2", priority: 90 };
  assert.deepEqual(words(lower), ["/bin/false"]);
  assert.equal(line(lower), 'INSTANCE "VI_2" MASTER_RX_LOWER_PRI 90');
  const changed = (name: string): RoleEvent => ({ kind: "priority", name, state: "BACKUP", priority: 7 });
  assert.equal(line(changed("VI_1")), 'INSTANCE "VI_1" BACKUP_PRIORITY 7');
  assert.equal(line(changed("VI_2")), undefined, "it did not ask for it");
  const server = { virtualServer: "[1.2.3.4]:tcp:80", server: "[1.2.3.5]:tcp:80", up: false };
  assert.equal(line({ kind: "server", ...server }), "RS [1.2.3.5]:tcp:80 [1.2.3.4]:tcp:80 DOWN");
  assert.equal(line({ kind: "quorum", virtualServer: "FWM 7", up: true }), "VS FWM 7 UP");
  assert.deepEqual(words({ kind: "again", name: "VI_1", priority: 100 }), words(instance("VI_1", "MASTER")));
});

test("mails have the real one's subjects and texts, for who wants them", () => {
  assert.deepEqual(mailOf(instance("VI_1", "BACKUP"), config), {
    subject: "[LVS] VRRP Instance VI_1 - Entering BACKUP state",
    body: "=> VRRP Instance is no longer owning VRRP VIPs <=",
  });
  assert.equal(mailOf(instance("VI_2", "BACKUP"), config), undefined);
  assert.equal(
    mailOf({ kind: "group", name: "G", state: "MASTER" }, config)?.subject,
    "[LVS] VRRP Group G - Entering MASTER state",
  );
  const mail = { kind: "mail", virtualServer: "V", state: "DOWN", message: "=> x <=" } as const;
  assert.equal(
    mailOf({ ...mail, server: "R" }, config)?.subject,
    "[LVS] Realserver R of virtual server V - DOWN",
  );
  assert.equal(mailOf(mail, config)?.subject, "[LVS] Virtualserver V - DOWN");
});

test("one state is mailed once, and a split brain that healed runs notify_master again without a mail", async () => {
  const run: string[] = [];
  const mails: Mail[] = [];
  const mailer = { send: (mail: Mail) => void mails.push(mail), finish: () => Promise.resolve() };
  const runScript = (script: Script) => {
    run.push(script.argv.join(" "));
    return Promise.resolve({ status: 0, timedOut: false });
  };
  const follower = new Follower(config, runScript, mailer, silent);
  follower.follow(instance("VI_1", "MASTER"));
  follower.follow(instance("VI_1", "MASTER"));
  follower.follow({ kind: "again", name: "VI_1", priority: 100 });
  await follower.close(1000);
  assert.equal(mails.length, 1);
  assert.equal(run.filter((text) => text === "/bin/true became master").length, 3);
});

test("scripts of one instance keep their order, those of others don't wait, and one that hangs holds up nobody for long", async () => {
  const running: string[] = [];
  const ends = new Map<string, () => void>();
  const queue = new ScriptQueue(
    ({ argv }) =>
      new Promise((resolve) => {
        running.push(argv[1]!);
        ends.set(argv[1]!, () => resolve({ status: 0, timedOut: false }));
      }),
    silent,
    150,
  );
  const add = (key: string, name: string) =>
    queue.add(key, [{ script: { argv: ["/bin/true", name] }, security: false }]);
  add("VI_1", "backup");
  add("VI_1", "master");
  add("VI_2", "other");
  assert.deepEqual(running, ["backup", "other"]);
  ends.get("backup")!();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(running, ["backup", "other", "master"]);
  add("VI_1", "fault");
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.deepEqual(running.at(-1), "fault", "master hangs");
  for (const end of ends.values()) end();
  await queue.finish(1000);
  assert.deepEqual(queue.counts, { run: 4, failed: 0, refused: 0 });
});

test("what isn't there or isn't safe is not run", async () => {
  const lines: string[] = [];
  const log = { ...silent, warn: (text: string) => void lines.push(text) };
  let run = 0;
  const queue = new ScriptQueue(() => Promise.resolve({ status: run++, timedOut: false }), log);
  const plain = join(folder, "plain");
  writeFileSync(plain, "", { mode: 0o644 });
  queue.add("a", [{ script: { argv: [join(folder, "none")] }, security: false }]);
  queue.add("a", [{ script: { argv: [plain] }, security: false }]);
  await queue.finish(1000);
  assert.equal(run, 0);
  assert.equal(queue.counts.refused, 2);
  assert.match(lines.join("\n"), /none: there is no such file - not run\n.*can't be executed by .*chmod \+x/);
});

test("a FIFO never holds up who writes, and goes with who made it", () => {
  const path = join(folder, "fifo");
  const fifo = openFifo(path);
  let written = 0;
  while (fifo.write("INSTANCE\n")) written++;
  assert.ok(written > 100, "until the pipe is full");
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  assert.equal(readSync(fd, Buffer.alloc(4096)), 4096);
  assert.equal(fifo.write("INSTANCE\n"), true);
  closeSync(fd);
  fifo.close();
  assert.equal(fifo.write("x"), false);
  assert.equal(existsSync(path), false);
  execFileSync("mkfifo", [path]);
  openFifo(path).close();
  assert.equal(existsSync(path), true, "somebody else's stays");
  writeFileSync(join(folder, "file"), "");
  assert.throws(() => openFifo(join(folder, "file")), /is no FIFO/);
});
