import assert from "node:assert/strict";
import { test } from "node:test";
import { runCommand } from "../../test/support/command.js";
import { webPlane } from "../../test/support/web-plane.js";
import type { WatchEvent } from "../daemon/index.js";
import { run as agent } from "./agent.js";
import { run as watch } from "./watch.js";
import { readWatchOptions, watchOptions } from "./watch-options.js";
import { eventText, statusTable } from "./watch-output.js";
import { readWords } from "./words.js";

const optionsOf = (words: string) =>
  readWatchOptions(readWords("watch", words.split(" ").filter(Boolean), watchOptions, 0).values);

test("what is checked, and how often", () => {
  const names = (words: string) => optionsOf(words).probes.map(({ name }) => name);
  assert.deepEqual(names(""), ["tcp"]);
  assert.deepEqual(names("--http /health --agent 9777"), ["http /health", "agent"]);
  assert.deepEqual(names("--tcp --agent 9777"), ["tcp", "agent"]);
  const { probes: _, ...usual } = optionsOf("");
  assert.deepEqual(usual, {
    agentPort: 0,
    interval: 2000,
    timeout: 1000,
    rise: 2,
    fall: 3,
    slowStart: 0,
    step: 10,
    lastResort: "refuse",
    keep: false,
  });
  const quick = optionsOf("--interval 200ms --port 8080 --slow-start 30s --step 25% --last-resort keep");
  assert.deepEqual(
    [quick.interval, quick.timeout, quick.port, quick.slowStart, quick.step, quick.lastResort],
    [200, 200, 8080, 30_000, 25, "keep"],
  );
});

test("mistakes in the words", async () => {
  for (const [command, words, message] of [
    [watch, "--http health", /--http health: it takes a path/],
    [watch, "--status 200", /--status belongs to --http/],
    [watch, "--http / --status 200-", /--status 200-: it takes statuses/],
    [watch, "--http / --status 404-200", /it takes statuses/],
    [watch, "--http / --host a/b", /that is no name of a host/],
    [watch, "--agent 0", /--agent 0: it takes a number from 1 to 65535/],
    [watch, "--agent 9777 --port 80", /--port belongs to --tcp and --http/],
    [watch, "--interval 50ms", /it takes 100ms or more/],
    [watch, "--timeout 5s", /has to be over when the next one is due/],
    [watch, "--rise 0", /--rise 0: it takes a number/],
    [watch, "--last-resort hope", /it takes refuse or keep/],
    [watch, "statsu", /there is no command statsu; did you mean status\?/],
    [watch, "status --keep", /--keep doesn't belong to status/],
    [agent, "drian", /there is no command drian; did you mean drain\?/],
    [agent, "drain --memory", /--memory doesn't belong to drain/],
    [agent, "drain now", /drain takes no reason/],
    [agent, "--port 0", /--port 0: it takes a number from 1 to 65535/],
    [agent, "--bind example.com", /that is no IP address/],
    [agent, "--allow 10.0.0.1/8", /has more in it than its 8 bits/],
    [agent, "--connections 80", /it takes PORT:N/],
    [agent, "--without-load", /leaves nothing to look at/],
    [agent, "--file says", /a path that begins with \//],
    [agent, "--json", /--json belongs to status/],
  ] as const) {
    const ran = await runCommand(command, webPlane(), words);
    assert.equal(ran.status, 2, words);
    assert.match(ran.stderr, message, words);
  }
});

test("units, help, and an agent's answer once", async () => {
  const unit = await runCommand(watch, webPlane(), ["--http", "/a%b", "--unit", "--interval", "1s"]);
  assert.match(unit.stdout, /^ExecStart=\S+ \S+bin\/rondo watch --http "\/a%%b" --interval 1s$/m);
  assert.match(unit.stdout, /^After=network-online.target rondo-ipvsadm.service$/m);
  assert.match(
    (await runCommand(agent, webPlane(), "--unit --memory")).stdout,
    /^ExecStart=.* agent --memory$/m,
  );
  for (const command of [watch, agent])
    assert.match((await runCommand(command, webPlane(), "-h")).stdout, /^usage: /);
  assert.match((await runCommand(agent, webPlane(), "--once")).stdout, /^ready up \d+%\n$/);
});

test("events and the table as people read them", () => {
  const place = { service: "tcp 192.168.4.15:80", server: "192.168.4.100:80" };
  const lines: readonly (readonly [WatchEvent, string])[] = [
    [
      { event: "failed", server: place.server, check: "tcp", detail: "connection refused" },
      "192.168.4.100:80: tcp failed, connection refused",
    ],
    [
      { event: "weight", ...place, from: 5, to: 0, configured: 5 },
      "192.168.4.100:80 of tcp 192.168.4.15:80: weight 5 → 0",
    ],
    [
      { event: "weight", ...place, from: 50, to: 40, configured: 100 },
      "192.168.4.100:80 of tcp 192.168.4.15:80: weight 50 → 40 of 100",
    ],
    [
      { event: "agent", server: "192.168.4.100", says: "down", detail: "disk full" },
      "192.168.4.100: its agent says down (disk full)",
    ],
  ];
  for (const [event, line] of lines) assert.equal(eventText(event), line);
  const check = { check: "tcp", well: true, against: 2, detail: "no answer in time" };
  assert.equal(
    statusTable([
      { ...place, weight: 40, configured: 100, state: "well", checks: [check], agent: { percent: 40 } },
    ]),
    "SERVICE              SERVER            STATE  WEIGHT  OF   AGENT  LAST\n" +
      "tcp 192.168.4.15:80  192.168.4.100:80  well   40      100  40%    tcp: no answer in time, 2 times failed\n",
  );
});
