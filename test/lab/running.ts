import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findProgram } from "../../src/lab/index.js";

export const rondo = fileURLToPath(new URL("../../../bin/rondo", import.meta.url));

/** Those of these programs that this machine doesn't have. */
export function missingPrograms(names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      findProgram(name, `${process.env["PATH"]}:/usr/sbin:/sbin`);
      return false;
    } catch {
      return true;
    }
  });
}

/** Why a test that needs these programs is skipped; false: it isn't, and in CI never is. */
export function lacksPrograms(names: readonly string[]): string | false {
  const missing = missingPrograms(names);
  return missing.length > 0 && process.env["CI"] !== "true" && `needs ${missing.join(", ")}`;
}

/** A command of ours within a namespace, for as long as the test runs: it may be waited for, and given signals. */
export function start(t: TestContext, inside: <T>(work: () => T) => T, words: readonly string[]) {
  const child = inside(() =>
    spawn(process.execPath, [rondo, ...words], { stdio: ["ignore", "pipe", "pipe"] }),
  );
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      said += data.toString();
    });
  const until = async (wanted: RegExp) => {
    for (let i = 0; i < 1200 && !wanted.test(said); i++) await sleep(25);
    assert.match(said, wanted);
  };
  const ended = once(child, "exit");
  const end = async () => ({ status: (await ended)[0] as number | null, said });
  return { child, until, end, said: () => said };
}
