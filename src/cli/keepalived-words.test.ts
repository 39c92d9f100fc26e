import assert from "node:assert/strict";
import { test } from "node:test";
import type { RondoError } from "../errors.js";
import { keepalivedSettings } from "./keepalived-settings.js";
import { readKeepalivedWords } from "./keepalived-words.js";

const settings = (...words: string[]) => keepalivedSettings(readKeepalivedWords(words));

test("options are read as getopt_long does", () => {
  const one = settings("-nlD", "-f/etc/a.conf", "-p", "/run/a.pid", "--vrrp_pid=/run/b.pid", "-i", "x");
  assert.equal(one.foreground && one.console && one.detail, true);
  assert.equal(one.file, "/etc/a.conf");
  assert.deepEqual(one.pids, { main: "/run/a.pid", vrrp: "/run/b.pid" });
  assert.equal(one.configId, "x");
  assert.equal(settings("-f", "a", "-f", "/b").file, "/b", "the last one counts, as it does there");
  assert.equal(settings("--dont-f").foreground, true, "long names may be cut while they are clear");
  assert.deepEqual(readKeepalivedWords(["-f", "a", "-f", "/b"]).files, ["a", "/b"]);
  assert.equal(settings().file, "/etc/keepalived/keepalived.conf");
  assert.equal(readKeepalivedWords(["-t/tmp/log"]).said.get("config-test"), "/tmp/log");
  assert.equal(readKeepalivedWords(["-t", "-n"]).said.get("config-test"), "");
});

test("parts are chosen as there", () => {
  const { choice } = settings("-P");
  assert.deepEqual(choice, { vrrp: true, checker: false, bfd: true, all: false });
  assert.deepEqual(settings("-C").choice, { vrrp: false, checker: true, bfd: true, all: false });
  assert.equal(settings("-B").choice.bfd, false);
  assert.equal(settings("-P", "--all").choice.checker, true);
});

test("facilities and umasks are numbers or a mistake", () => {
  assert.deepEqual(
    ["daemon", "user", "3", "local7"].map((word) => settings("-S", word).facility),
    [3, 1, 19, 23],
  );
  assert.deepEqual(
    ["022", "0x12", "18", "0"].map((word) => settings("-u", word).umask),
    [0o22, 0x12, 18, 0],
  );
});

test("mistakes are told, with what was meant", () => {
  for (const [words, message] of [
    [["-Z"], /Unknown option -Z/],
    [["--dont-forc"], /Unknown option --dont-forc.*dont-fork/],
    [["--log"], /may be --log-console, --log-detail, --log-facility, --log-file/],
    [["-f"], /Missing parameter for option -f/],
    [["--vrrp=1"], /takes no value/],
    [["-n", "start"], /Unexpected argument: start/],
    [["-S", "mail"], /Invalid log facility 'mail'/],
    [["-u", "99x"], /Invalid --umask option 99x/],
  ] as const)
    assert.throws(
      () => settings(...words),
      (error: RondoError) => message.test(error.message) && error.exitStatus === 2,
      words.join(" "),
    );
  assert.match(settings("-x").notes.join("\n"), /there is no SNMP/);
});
