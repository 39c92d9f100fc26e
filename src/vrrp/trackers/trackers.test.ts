import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { TrackProcess, VrrpScript } from "../../config/keepalived/model/index.js";
import { silent } from "../../errors.js";
import { trackFileNumber } from "./file-tracker.js";
import { isTracked } from "./process-match.js";
import { type ScriptOutcome, ScriptTracker } from "./script-tracker.js";

const at = { file: "test", line: 1, column: 1 };

test("a track_file's number is read as strtol reads it", () => {
  const read = ["12\n", " -3 more", "0x10", "010", "+7", "x", "", "2147483649", "-2147483649", "08"].map(
    trackFileNumber,
  );
  assert.deepEqual(read, [12, -3, 16, 8, 7, 0, 0, undefined, undefined, 0]);
});

test("a process is known by its name, its command line, and its parameters", () => {
  const settings = (some: Partial<TrackProcess>): TrackProcess => ({
    name: "p",
    path: "/usr/sbin/haproxy",
    parameters: [],
    weight: 0,
    reverse: false,
    quorum: 1,
    forkDelay: 0,
    terminateDelay: 0,
    fullCommand: false,
    at,
    ...some,
  });
  const words = { comm: "haproxy", commandLine: "/usr/sbin/haproxy\0-f\0/etc/haproxy.cfg\0" };
  const known = (some: Partial<TrackProcess>) => isTracked(settings(some), words);
  assert.equal(known({}), true);
  assert.equal(known({ path: "haproxy" }), true);
  assert.equal(known({ path: "nginx" }), false);
  assert.equal(known({ fullCommand: true }), true);
  assert.equal(known({ fullCommand: true, path: "haproxy" }), false);
  const match = (parameterMatch: "initial" | "partial" | "exact", ...parameters: string[]) =>
    known({ fullCommand: true, parameterMatch, parameters });
  assert.equal(match("exact", "-f", "/etc/haproxy.cfg"), true);
  assert.equal(match("exact", "-f"), false);
  assert.equal(match("partial", "-f"), true);
  assert.equal(match("partial", "-f", "/etc"), false);
  assert.equal(match("initial", "-f", "/etc"), true);
  assert.equal(match("initial"), true);
});

describe("a vrrp_script", () => {
  const script = (some: Partial<VrrpScript> = {}): VrrpScript => ({
    name: "check",
    command: { argv: ["/bin/true"], at },
    interval: 1000,
    weight: 0,
    reverse: false,
    rise: 2,
    fall: 3,
    initFail: false,
    at,
    ...some,
  });

  /** The answers that a row of exit statuses gives ("t": timed out). */
  async function answers(statuses: string, settings: VrrpScript, known?: boolean): Promise<string> {
    let told = "";
    const outcomes = [...statuses];
    const tracker = new ScriptTracker(settings, {
      log: silent,
      run: async (): Promise<ScriptOutcome> => {
        const next = outcomes.shift();
        return next === "t"
          ? { killedBy: "SIGTERM", timedOut: true }
          : { status: Number(next), timedOut: false };
      },
      changed: (good) => {
        told += good ? "+" : "-";
      },
      ...(known !== undefined && { known }),
    });
    for (const _ of statuses) {
      told += ".";
      tracker.start();
      await new Promise((resolve) => setImmediate(resolve));
    }
    tracker.stop();
    return told;
  }

  test("is decided by its first result, then by rise and fall", async () => {
    assert.equal(await answers("0111100", script()), ".+...-...+");
    assert.equal(await answers("1001", script()), ".-..+.");
    assert.equal(await answers("01010", script()), ".+....");
    assert.equal(await answers("0tt1", script()), ".+...-");
  });

  test("has failed before its first result with init_fail, and goes on where it was", async () => {
    assert.equal(await answers("00", script({ initFail: true })), "..+");
    assert.equal(await answers("1110", script(), true), "...-.");
    assert.equal(await answers("00", script(), false), "..+");
  });
});
