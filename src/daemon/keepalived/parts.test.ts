import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readText } from "../../../test/read-keepalived.js";
import { silent } from "../../errors.js";
import { dataDumps, jsonDump, safe, statsDump } from "./dumps.js";
import { consoleTime, logFileName, printable, syslogLine } from "./log/log-lines.js";
import { orphansGone, pidPaths } from "./pid-files.js";
import { readReloadTime } from "./reload-time.js";
import { wantedRoles } from "./wanted-roles.js";

test("log lines look as the real one's", () => {
  const at = new Date(2026, 10, 1, 1, 51, 32);
  assert.equal(consoleTime(at), "Sun Nov  1 01:51:32 2026");
  assert.equal(
    syslogLine(3, 6, "Keepalived", 7, "Stopping", at),
    "<30>Nov  1 01:51:32 Keepalived[7]: Stopping",
  );
  assert.equal(
    logFileName("/var/log/keepalived.log", "vrrp", undefined, "one"),
    "/var/log/keepalived_vrrp_one.log",
  );
  assert.equal(printable("said\t\x1b[2Jx\r\x9b ü"), "said\t\\x1b[2Jx\\x0d\\x9b ü");
  assert.equal(logFileName("/var/log.d/keepalived", "bfd"), "/var/log.d/keepalived_bfd");
});

const none = { given: {}, namespace: undefined, instance: undefined, useFolder: false };

test("pid files are where the real one puts them", () => {
  assert.deepEqual(pidPaths(none), {
    main: "/run/keepalived.pid",
    vrrp: "/run/vrrp.pid",
    checker: "/run/checkers.pid",
    bfd: "/run/bfd.pid",
  });
  assert.equal(pidPaths({ ...none, useFolder: true }).main, "/run/keepalived/keepalived.pid");
  assert.equal(pidPaths({ ...none, instance: "one" }).vrrp, "/run/keepalived/vrrp_one.pid");
  assert.equal(pidPaths({ ...none, namespace: "blue" }).bfd, "/run/keepalived/keepalived_blue/bfd.pid");
  assert.equal(pidPaths({ ...none, given: { vrrp: "/tmp/x" } }).vrrp, "/tmp/x");
});

test("who begins after a supervisor was killed waits for the end of its workers", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-pids-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const { main, vrrp, checker, bfd } = pidPaths({ ...none, given: {} });
  const paths = { main: folder + main, vrrp: folder + vrrp, checker: folder + checker, bfd: folder + bfd };
  mkdirSync(join(folder, "run"));
  const worker = spawn("/bin/sleep", ["0.2"]);
  let over = false;
  worker.once("exit", () => {
    over = true;
  });
  writeFileSync(paths.vrrp, `${worker.pid}\n`);
  await orphansGone(paths, silent);
  assert.equal(over, true);
  await orphansGone(paths, silent);
});

test("a reload's time is today's, tomorrow's, or a day's", () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0);
  const at = (text: string) => readReloadTime(text, now);
  assert.deepEqual(at("13:00:00Z"), { at: Date.UTC(2026, 10, 21, 13), withDate: false });
  assert.deepEqual(at("11:00:00Z"), { at: Date.UTC(2026, 10, 22, 11), withDate: false });
  assert.deepEqual(at("26-11-22 11:00:00Z"), { at: Date.UTC(2026, 10, 22, 11), withDate: true });
  assert.deepEqual(at("2027-01-01 00:00:00Z"), { at: Date.UTC(2027, 0, 1), withDate: true });
  for (const [text, wrong] of [
    ["2026-11-20 00:00:00Z", /is in the past/],
    ["26-02-30 11:00:00Z", /is not valid/],
    ["25:00:00", /is not valid/],
    ["soon", /format is incorrect/],
  ] as const)
    assert.match((at(text) as { wrong: string }).wrong, wrong);
});

const { config } = readText(`
vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  authentication {
    auth_type PASS
    auth_pass geheim
  }
  virtual_ipaddress { 10.0.0.1/24 }
}
`);

test("only configured parts run, unless all are wanted", () => {
  const choice = { vrrp: true, checker: true, bfd: true, all: false };
  assert.deepEqual(wantedRoles(config, choice), ["vrrp"]);
  assert.deepEqual(wantedRoles(config, { ...choice, vrrp: false }), []);
  assert.deepEqual(wantedRoles(config, { ...choice, all: true }), ["bfd", "checker", "vrrp"]);
});

test("dumps tell everything but secrets", () => {
  const statuses = {
    vrrp: {
      groups: [],
      instances: [{ name: "VI_1", state: "MASTER" as const, priority: 110, statistics: { advert_sent: 5 } }],
    },
  };
  const dumps = dataDumps(config, statuses);
  assert.deepEqual(
    dumps.map(({ name }) => name),
    ["keepalived_parent.data", "keepalived.data"],
  );
  const all = `${dumps.map(({ text }) => text).join("")}${jsonDump(config, statuses).text}${JSON.stringify(safe(config))}`;
  assert.doesNotMatch(all, /geheim/);
  assert.doesNotMatch(all, /\[object/);
  assert.match(all, / {3}State = MASTER\n {3}Effective priority = 110\n/);
  assert.match(all, /Address = 10\.0\.0\.1\n/);
  assert.match(
    statsDump(statuses).text,
    /VRRP Instance: VI_1\n {2}Advertisements:\n {4}Received: 0\n {4}Sent: 5\n/,
  );
});
