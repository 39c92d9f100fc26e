import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProxyWords, standInHost } from "../../../test/support/haproxy-process.js";
import type { RuntimeHost } from "../run/index.js";
import { ProcessGauges } from "../stats/index.js";
import { CliSession } from "./cli-session.js";
import type { Level } from "./command.js";
import { allCommands } from "./commands/index.js";

const web: ProxyWords = {
  name: "web",
  servers: [
    { name: "s1", section: { weight: 2 }, check: { status: "L4OK" }, run: { statusText: "UP" } },
    { name: "s2", check: { status: "L4OK" }, run: { statusText: "UP" } },
  ],
};

/** Sends text, and gives all that is answered until the connection ends or waits for more. */
async function talk(host: RuntimeHost, text: string, level: Level = "admin"): Promise<string> {
  let answered = "";
  let ended = false;
  const session = new CliSession(
    {
      host,
      gauges: new ProcessGauges(host.process),
      commands: allCommands,
      level,
      severity: "none",
      timeoutMs: 10_000,
      describe: () => ({
        id: 1,
        source: "unix:1",
        protocol: "unix_stream",
        since: Date.now(),
        descriptor: undefined,
      }),
    },
    {
      write: (piece) => {
        answered += piece;
        return true;
      },
      end: () => {
        ended = true;
      },
    },
  );
  session.receive(text);
  session.inputEnded();
  for (let turns = 0; turns < 1000 && !ended; turns++) await new Promise((resolve) => setImmediate(resolve));
  session.closed();
  return answered;
}

const host = () => standInHost([web, { name: "stats" }]);

test("what is no command is answered by those that look like it, as HAProxy does", async () => {
  assert.equal(
    await talk(host(), "foo\n"),
    `Unknown command, but maybe one of the following ones is a better match:
  add acl [@<ver>] <acl> <pattern>        : add an acl entry
  show fd [num]                           : dump list of file descriptors in use or a specific one
  show info [desc|json|typed|float]*      : report information about the running process
  trace [<module>|0] [cmd [args...]]      : manage live tracing (empty to list, 0 to stop all)
  user                                    : lower the level of the current CLI session to user
  help [<command>]                        : list matching or all commands
  prompt                                  : toggle interactive mode with prompt
  quit                                    : disconnect

`,
  );
  assert.match(
    await talk(host(), "show infoo\n"),
    /^Unknown command, but [^\n]*:\n {2}show info [^\n]*\n {2}help /,
  );
  assert.match(
    await talk(host(), "set maxconn\n"),
    /match:\n {2}set maxconn frontend [^\n]*\n {2}set maxconn global [^\n]*\n {2}set maxconn server [^\n]*\n {2}help /,
  );
  assert.match(
    await talk(host(), "\n"),
    /^Unknown command\. Please enter one of the following commands only:\n {2}abort /,
  );
});

test("several commands on a line and in lines, then the connection ends", async () => {
  assert.equal(
    await talk(host(), "show version;show backend\nget weight web/s1\n"),
    "2.6.12-1+deb12u4\n\n# name\nweb\nstats\n\n2 (initial 2)\n\n",
  );
});

test("a prompt, until quit", async () => {
  assert.equal(
    await talk(host(), "prompt\nshow cli level\nadd map x <<\na b\n\nquit\nshow version\n"),
    "\n> admin\n\n> + + Unknown map identifier. Please use #<id> or <file>.\n\n> ",
  );
});

test("severity goes before messages, not before lists", async () => {
  assert.equal(
    await talk(
      host(),
      "set severity-output string\nget weight x/y\nshow backend\nset severity-output number;show version\n",
    ),
    "\n[err]: No such backend.\n\n# name\nweb\nstats\n\n\n[6]: 2.6.12-1+deb12u4\n\n",
  );
});

test("levels", async () => {
  assert.equal(await talk(host(), "set server web/s1 state drain\n", "operator"), "Permission denied\n\n");
  assert.equal(await talk(host(), "clear counters all\n", "operator"), "Permission denied\n\n");
  assert.equal(await talk(host(), "clear counters\n", "operator"), "\n");
  assert.equal(await talk(host(), "user;show cli level;operator\n"), "\nuser\n\nPermission denied\n\n");
  assert.equal(
    await talk(host(), "expert-mode on;expert-mode;user;expert-mode\n"),
    "\nexpert-mode is ON\n\n\nPermission denied\n\n",
  );
});

test("set server, enable and disable", async () => {
  const process = host();
  const [s1] = process.process.proxies[0]!.back!.servers;
  assert.equal(await talk(process, "set server web/s1 state drain\n"), "\n");
  assert.equal(s1?.administrative, 8);
  assert.equal(await talk(process, "set server #2/#1 weight 50%;get weight web/s1\n"), "\n1 (initial 2)\n\n");
  assert.equal(await talk(process, "disable server web/s1\n"), "\n");
  assert.equal(s1?.administrative, 1);
  assert.equal(
    await talk(process, "set server web/s1 weight abc\n"),
    "Empty weight string empty or preceded by garbage\n",
  );
  assert.equal(await talk(process, "set server web/s9 state ready\n"), "No such server.\n\n");
  assert.equal(await talk(process, "set server nosuch/s1 state ready\n"), "No such backend.\n\n");
  assert.equal(
    await talk(process, "set server web/s1\n"),
    "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | check-port | fqdn | health | ssl | state | weight\n\n",
  );
  assert.match(
    await talk(process, "set server web/s1 addr 10.0.0.1 port 80\n"),
    /^IP changed from .* port changed .* by 'stats socket command'\n\n$/,
  );
});

test("servers' state, as a state file has it", async () => {
  const [version, names, first, second, ...rest] = (await talk(host(), "show servers state\n")).split("\n");
  assert.equal(version, "1");
  assert.match(names!, /^# be_id be_name srv_id srv_name srv_addr srv_op_state /);
  assert.equal(first, "2 web 1 s1 127.0.0.1 2 0 2 2 5 6 3 4 6 0 0 0 - 9001 - 0 0 - - 0");
  assert.equal(second, "2 web 2 s2 127.0.0.1 2 0 1 1 5 6 3 4 6 0 0 0 - 9002 - 0 0 - - 0");
  assert.deepEqual(rest, ["", ""]);
  assert.equal(await talk(host(), "show servers state nosuch\n"), "Can't find backend.\n\n");
  assert.match(
    await talk(host(), "show servers conn web\n"),
    /^# bkname\/svname bkid\/svid addr port - purge_delay [^\n]*idle_per_thr\[2\]\nweb\/s1 2\/1 127\.0\.0\.1 9001 - 5000 0 0 0 0 0 -1 0 0 0\n/,
  );
});

test("front ends and limits", async () => {
  const process = host();
  const web = process.process.proxies[0]!;
  assert.equal(await talk(process, "disable frontend web\n"), "\n");
  assert.equal(web.state, "paused");
  assert.equal(
    await talk(process, "disable frontend web;enable frontend web;enable frontend web\n"),
    "All sockets are already disabled.\n\n\nAll sockets are already enabled.\n\n",
  );
  assert.equal(
    await talk(process, "set maxconn frontend web 12;set maxconn global 99999;set maxconn global 10\n"),
    "\nValue out of range.\n\n\n",
  );
  assert.equal(web.front?.maxconn, 12);
  assert.equal(process.limits.maxconn, 10);
  assert.equal(await talk(process, "set rate-limit http-compression global 2\n"), "\n");
  assert.equal(process.limits.compressionRate, 2048);
  assert.equal(
    await talk(process, "shutdown frontend web;enable frontend web\n"),
    "\nFrontend was previously shut down, cannot enable.\n\n",
  );
});
