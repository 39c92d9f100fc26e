import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { diskWorld, readHaproxyConfig, reportOf } from "../../src/config/haproxy/index.js";
import { smallConfigs } from "../support/haproxy-configs.js";
import { haproxyIsThere } from "../support/real-haproxy.js";

interface Said {
  readonly status: number | null;
  readonly lines: readonly string[];
  readonly summary: string;
}

/** Where the words differ, by intent. All else is the same, and everywhere the exit status. */
const otherWords: Readonly<Record<string, string>> = {
  "acl-bad-regex": "regular expressions are another library's",
  "log-unknown-ring": "HAProxy loses such lines and says nothing",
  "listen-old-form": "it runs here, with a warning",
  "ring-small": "HAProxy refuses it with a warning only",
  "stats-realm-two-words": "HAProxy leaves out the second word and says nothing",
};
/** Those that run here and don't there. */
const runsHere = ["listen-old-form"];

const configs = smallConfigs();

describe("files as haproxy -c takes them", { skip: unavailable() }, () => {
  const directory = mkdtempSync(join(tmpdir(), `rondo-haproxy-config-${process.pid}-`));
  const real = new Map<string, Said>();
  before(async () => {
    const left = [...configs];
    const one = async () => {
      for (let config = left.shift(); config; config = left.shift())
        real.set(config.name, await check(directory, config.name, config.text));
    };
    await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, one));
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const { name, text } of configs)
    test(name, () => {
      const expected = real.get(name)!;
      const result = readHaproxyConfig([{ name: `${name}.cfg`, text }], {
        ...diskWorld,
        environment: { ...process.env },
      });
      const report = reportOf(result, { pid: 1, plain: true });
      const lines = withoutPids(report.stderr);
      if (runsHere.includes(name)) {
        assert.notEqual(expected.status, 0);
        assert.equal(report.exitStatus, 0);
      } else assert.equal(report.exitStatus, expected.status, lines.join("\n"));
      if (Object.hasOwn(otherWords, name)) assert.notDeepEqual(lines, expected.lines);
      else {
        assert.deepEqual(lines, expected.lines);
        assert.equal(report.stdout, expected.summary);
      }
    });
});

function unavailable(): string | false {
  if (haproxyIsThere()) return false;
  if (process.env["CI"] === "true") throw new Error("haproxy isn't installed");
  return "needs haproxy";
}

function check(directory: string, name: string, text: string): Promise<Said> {
  writeFileSync(join(directory, `${name}.cfg`), text, "latin1");
  return new Promise((resolve, reject) => {
    const child = spawn("/usr/sbin/haproxy", ["-c", "-f", `${name}.cfg`], {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding("latin1").on("data", (chunk: string) => {
      stderr += chunk;
    });
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, lines: withoutPids(stderr), summary: stdout }));
  });
}

/** What was said, without process ids and who says it. */
const withoutPids = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.replace(/\(\d+\) : /, ": ").trimEnd())
    .filter((line) => line !== "" && !/haproxy version is|path to executable/.test(line));
