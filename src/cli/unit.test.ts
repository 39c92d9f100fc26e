import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RondoError } from "../errors.js";
import { run, unitText } from "./unit.js";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "rondo-unit-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

/** The scripts of the unit's lines with a key, as systemd gives them to the shell. */
function scripts(text: string, key: string): string[] {
  return [...text.matchAll(new RegExp(`^${key}=/bin/sh -c "(.*)"$`, "gm"))].map((match) =>
    match[1]!
      .replace(/\\(["\\])/g, "$1")
      .replaceAll("$$", "$")
      .replaceAll("%%", "%"),
  );
}

test("the unit restores marks and rules, and saves them where that is asked for", () => {
  const text = unitText({ file: "/etc/ipvsadm.rules", save: true, command: ["/usr/bin/node", "/opt/rondo"] });
  assert.match(text, /^ConditionPathExists=\/etc\/ipvsadm.rules$/m);
  assert.deepEqual(scripts(text, "ExecStart"), [
    "test ! -e /etc/ipvsadm.rules.marks || /usr/bin/node /opt/rondo mark restore /etc/ipvsadm.rules.marks",
    "/usr/bin/node /opt/rondo ipvsadm-restore --lines < /etc/ipvsadm.rules",
  ]);
  assert.deepEqual(scripts(text, "ExecStop"), [
    "umask 077; /usr/bin/node /opt/rondo mark save > /etc/ipvsadm.rules.marks.new && mv /etc/ipvsadm.rules.marks.new /etc/ipvsadm.rules.marks",
    "umask 077; /usr/bin/node /opt/rondo ipvsadm-save -n --thresholds > /etc/ipvsadm.rules.new && mv /etc/ipvsadm.rules.new /etc/ipvsadm.rules",
    "/usr/bin/node /opt/rondo ipvsadm -C",
  ]);
  const plain = unitText({ file: "/etc/ipvsadm.rules", save: false, command: ["/opt/rondo"] });
  assert.deepEqual(scripts(plain, "ExecStop"), ["/opt/rondo ipvsadm -C"]);
});

test("its scripts do what they say, with a rondo in their place and odd names", (t) => {
  const path = folder(t);
  const odd = join(path, `odd 'rules' $HOME 100% "x"`);
  const rondo = join(path, "a rondo");
  const log = join(path, "log");
  writeFileSync(
    rondo,
    `#!/bin/sh\necho "$@" >> ${log}\ncase "$*" in *restore*) cat >> ${log};; *) echo "saved by $*";; esac\n`,
    {
      mode: 0o755,
    },
  );
  writeFileSync(odd, "the rules\n");
  const text = unitText({ file: odd, save: true, command: [rondo] });
  const runAll = (key: string) => {
    for (const script of scripts(text, key)) {
      const { status, stderr } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8", input: "" });
      assert.deepEqual([status, stderr], [0, ""], script);
    }
  };
  runAll("ExecStart");
  assert.equal(readFileSync(log, "utf8"), "ipvsadm-restore --lines\nthe rules\n");
  runAll("ExecStop");
  assert.equal(readFileSync(odd, "utf8"), "saved by ipvsadm-save -n --thresholds\n");
  assert.equal(readFileSync(`${odd}.marks`, "utf8"), "saved by mark save\n");
  runAll("ExecStart");
  assert.match(
    readFileSync(log, "utf8"),
    /mark restore .*odd 'rules'.*\.marks\nipvsadm-restore --lines\nsaved by/,
  );
});

test("systemd finds nothing wrong with it", (t) => {
  const path = folder(t);
  const { error } = spawnSync("systemd-analyze", ["--version"]);
  if (error) {
    if (process.env["CI"] === "true") throw error;
    return t.skip("needs systemd-analyze");
  }
  run(["ipvsadm", "--install", "--into", path, "--save", "--file", "/etc/odd 100%"], { write: () => {} });
  const verified = spawnSync("systemd-analyze", ["verify", join(path, "rondo-ipvsadm.service")], {
    encoding: "utf8",
  });
  const about = `${verified.stdout}${verified.stderr}`
    .split("\n")
    .filter((line) => line.includes("rondo-ipvsadm"));
  assert.deepEqual(about, []);
});

test("it is installed once more over itself, but over nobody else's", (t) => {
  const path = folder(t);
  const install = () => run(["ipvsadm", "--install", "--into", path], { write: () => {} });
  assert.equal(install(), 0);
  assert.equal(install(), 0);
  writeFileSync(join(path, "rondo-ipvsadm.service"), "[Unit]\n");
  assert.throws(install, /is there already, and not from us/);
  for (const [words, message] of [
    [[], /which unit/],
    [["apache"], /there is no unit apache/],
    [["ngin"], /there is no unit ngin; did you mean nginx/],
    [["ipvsadm", "--file", "rules"], /path that begins with/],
    [["ipvsadm", "--into", "/tmp"], /--into belongs to --install/],
    [["ipvsadm", "--install", "--into", "/does/not/exist"], /can't be written/],
  ] as const)
    assert.throws(
      () => run(words, { write: () => {} }),
      (error) => error instanceof RondoError && message.test(error.message),
    );
});

for (const [which, start] of [
  ["keepalived", /^ExecStart=.*"keepalived" "--dont-fork" "--use-file" "\/etc\/odd 100%%\.conf" \$/m],
  ["nginx", /^ExecStart=.*"nginx" "-c" "\/etc\/odd 100%%\.conf" "-g" "daemon off;"$/m],
] as const)
  test(`${which}'s unit is one that systemd understands`, (t) => {
    const path = folder(t);
    run([which, "--install", "--into", path, "--file", "/etc/odd 100%.conf"], { write: () => {} });
    const name = `rondo-${which}.service`;
    const text = readFileSync(join(path, name), "utf8");
    assert.match(text, start);
    assert.match(text, /^Type=notify$/m);
    assert.throws(() => run([which, "--save"], { write: () => {} }), /--save belongs to/);
    if (spawnSync("systemd-analyze", ["--version"]).status !== 0) return t.skip("needs systemd-analyze");
    const verified = spawnSync("systemd-analyze", ["verify", join(path, name)], { encoding: "utf8" });
    const about = `${verified.stdout}${verified.stderr}`.split("\n").filter((line) => line.includes(name));
    assert.deepEqual(about, []);
  });
