import type { ScriptResult } from "../../sys/index.js";
import { type Answer, type ScriptExit, unknown } from "./answer.js";
import type { AskWorld, CheckOf, Question } from "./question.js";

/** Milliseconds from SIGTERM to SIGKILL, as the real one gives. */
const killAfter = 2000;

/** MISC_CHECK: runs the script. What its status means depends on misc_dynamic and on what was before: course.ts knows. */
export async function askMisc(
  { check }: Question<CheckOf<"MISC_CHECK">>,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> {
  const result = await world.runScript(check.command, {
    timeout: check.timeout ?? check.timing.delayLoop,
    signal,
    killAfter,
  });
  if (signal.aborted) return unknown("stopped");
  const exit = exitOf(result);
  return { outcome: isGood(exit, check.dynamic) ? "passed" : "failed", detail: exitText(exit), exit };
}

function exitOf({ status, killedBy, timedOut, missing }: ScriptResult): ScriptExit {
  if (missing !== undefined) return { kind: "missing", why: missing };
  if (timedOut) return { kind: "timeout" };
  return status !== undefined
    ? { kind: "status", status }
    : { kind: "signal", signal: killedBy ?? "unknown signal" };
}

const isGood = (exit: ScriptExit, dynamic: boolean): boolean =>
  exit.kind === "status" && (exit.status === 0 || (dynamic && exit.status >= 2));

export function exitText(exit: ScriptExit): string {
  if (exit.kind === "status") return `exited with status ${exit.status}`;
  if (exit.kind === "signal") return `due to signal ${exit.signal}`;
  return exit.kind === "timeout" ? "timed out" : exit.why;
}
