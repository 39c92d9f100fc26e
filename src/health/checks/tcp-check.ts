import { type Answer, failed, passed, type Trouble, unknown } from "./answer.js";
import { converse } from "./conversation.js";
import type { AskWorld, CheckOf, Question } from "./question.js";

/** TCP_CHECK: well is who accepts a connection. It is closed again with nothing said. */
export const askTcp = (
  { check }: Question<CheckOf<"TCP_CHECK">>,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> =>
  converse(
    { connection: check, step: check.timing.connectTimeout },
    { begin: (line) => line.end(passed("connected")), heard() {}, closed() {}, trouble },
    world,
    signal,
  );

function trouble({ kind, code }: Trouble): Answer {
  if (kind === "own") return unknown(code);
  if (kind === "stopped") return unknown("stopped");
  return failed(kind === "timeout" ? "timeout" : "failed");
}
