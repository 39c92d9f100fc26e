import assert from "node:assert/strict";
import { test } from "node:test";
import { showProc } from "./child.js";
import { Messages } from "./messages.js";

test("the first alert while it starts is preceded by who speaks; padding is HAProxy's", () => {
  const lines: string[] = [];
  const messages = new Messages(["haproxy version is X"], (line) => lines.push(line));
  messages.notice("one");
  messages.context = "config : ";
  messages.alert("two\n");
  messages.warning("three");
  const pid = process.pid;
  assert.deepEqual(lines, [
    `[NOTICE]   (${pid}) : one\n`,
    `[NOTICE]   (${pid}) : haproxy version is X\n`,
    `[ALERT]    (${pid}) : config : two\n`,
    `[WARNING]  (${pid}) : config : three\n`,
  ]);
  assert.equal(messages.startupLog.length, 4);
});

test("quiet holds while it starts, verbose is stronger", () => {
  const lines: string[] = [];
  const messages = new Messages([], (line) => lines.push(line));
  messages.mode.quiet = true;
  messages.alert("unheard");
  messages.starting = false;
  messages.alert("heard");
  messages.starting = true;
  messages.mode.verbose = true;
  messages.alert("heard too");
  assert.equal(lines.length, 2);
  assert.equal(messages.warned, false);
});

test("show proc lists workers and programs, those that leave apart", () => {
  const child = { started: 0, kill() {}, name: "" };
  const text = showProc(
    {
      pid: 100,
      started: 0,
      reloads: 1,
      failedReloads: 0,
      version: "2.6.12",
      children: [
        { ...child, kind: "worker", pid: 102, reloads: 0, leaving: false },
        { ...child, kind: "worker", pid: 101, reloads: 1, leaving: true },
        { ...child, kind: "program", name: "foo", pid: 103, reloads: 0, leaving: false },
      ],
    },
    93_784_000,
  );
  assert.deepEqual(
    text.split("\n").map((line) => line.trimEnd()),
    [
      "#<PID>          <type>          <reloads>       <uptime>        <version>",
      "100             master          1 [failed: 0]   1d02h03m04s     2.6.12",
      "# workers",
      "102             worker          0               1d02h03m04s     2.6.12",
      "# old workers",
      "101             worker          1               1d02h03m04s     2.6.12",
      "# programs",
      "103             foo             0               1d02h03m04s     -",
      "",
      "",
    ],
  );
});
