import { Outcome } from "../../rules/outcome.js";
import { type Rule, type RuleContext, runRules, undecided } from "../../rules/rule.js";
import type { HttpStream } from "./http-stream.js";
import { badResponse, refuseResponse } from "./response-failure.js";

/** http-response rules, of the back end and then of the front end. false: the answer doesn't go on (now). */
export function runResponseRules(stream: HttpStream): boolean {
  const { back, front, responseContext: context } = stream;
  if (back.httpResponse.length > 0 && !passes(stream, run(stream, back.httpResponse, context))) return false;
  if (front === back || front.httpResponse.length === 0) return true;
  return passes(stream, run(stream, front.httpResponse, context));
}

function run(stream: HttpStream, rules: readonly Rule[], context: RuleContext): Outcome | typeof undecided {
  // A rule of the front end waits: those of the back end have run.
  if (context.waiting !== undefined && context.waitingIn !== rules) return Outcome.next;
  const outcome = runRules(rules, context);
  if (outcome !== Outcome.wait) stream.lenient = false;
  return outcome;
}

function passes(stream: HttpStream, outcome: Outcome | typeof undecided): boolean {
  switch (outcome) {
    case Outcome.next:
    case Outcome.stop:
    case Outcome.done:
      return true;
    case Outcome.wait:
    case undecided:
      return false;
    case Outcome.deny:
      stream.tally.deniedResponse();
      refuseResponse(stream, deniedStatus(stream), "P");
      return false;
    case Outcome.abort:
      stream.times.response = -1;
      stream.endsBy("P", "H");
      if (!stream.responded && !stream.ended) stream.breakOff();
      return false;
    case Outcome.invalid:
      badResponse(stream);
      return false;
    default:
      stream.tally.internalError();
      refuseResponse(stream, 500, "I");
      return false;
  }
}

/** What the rule said, or 502 where the status is still the server's. */
function deniedStatus({ own, status, response }: HttpStream): number {
  return own.reply === undefined && status >= 0 && response?.status === status ? 502 : status;
}

/** http-after-response rules, of the back end and then of the front end. false: one failed. */
export function runAfterResponseRules(stream: HttpStream): boolean {
  const { back, front, responseContext: context } = stream;
  let outcome: Outcome | typeof undecided = Outcome.next;
  if (back.httpAfterResponse.length > 0) outcome = runRules(back.httpAfterResponse, context);
  if ((outcome === Outcome.next || outcome === Outcome.stop) && front !== back)
    if (front.httpAfterResponse.length > 0) outcome = runRules(front.httpAfterResponse, context);
  stream.lenient = false;
  return outcome === Outcome.next || outcome === Outcome.stop || outcome === Outcome.done;
}
