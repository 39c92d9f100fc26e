import type { Place } from "../../config/haproxy/model/index.js";
import type { SampleContext, Test } from "../run/index.js";
import type { Session } from "../stream/session.js";
import type { Stream } from "../stream/stream.js";
import { Outcome } from "./outcome.js";

/** Where rules are run: on a session (tcp-request connection and session), or on a stream's request or response. */
export class RuleContext implements SampleContext {
  readonly session: Session;
  readonly stream: Stream | undefined;
  readonly direction: "request" | "response";
  /** Rules are asked with all they will ever see; of content inspection this isn't so until its delay is over. */
  final = true;
  readonly check = undefined;
  /** The rule that waits, in which list; it is asked again. */
  waiting: Rule | undefined;
  waitingIn: readonly Rule[] | undefined;
  /** Whether the action is asked for the first time. */
  first = true;

  constructor(session: Session, stream: Stream | undefined, direction: "request" | "response") {
    this.session = session;
    this.stream = stream;
    this.direction = direction;
  }
}

export type Action = (context: RuleContext) => Outcome;

/** A rule made ready: what it costs at run time is its test and its action. */
export interface Rule {
  readonly test: Test | undefined;
  readonly run: Action;
  readonly place: Place;
}

/** A rule's condition can't be told yet: content inspection goes on when more has come. */
export const undecided = -1;

/** Runs rules in order until one ends them. `undecided` is given only where `context.final` is false. */
export function runRules(rules: readonly Rule[], context: RuleContext): Outcome | typeof undecided {
  let at = 0;
  let resumed = false;
  if (context.waiting !== undefined && context.waitingIn === rules) {
    at = rules.indexOf(context.waiting);
    resumed = true;
    context.waiting = undefined;
  }
  for (; at < rules.length; at++) {
    const rule = rules[at] as Rule;
    if (!resumed && rule.test !== undefined) {
      const holds = rule.test(context);
      if (holds === undefined) {
        if (!context.final) return undecided;
        continue;
      }
      if (!holds) continue;
    }
    context.first = !resumed;
    resumed = false;
    const { stream } = context;
    // Said before, since an action that answers may end the stream and so have its line written.
    const before = stream?.lastRule;
    if (stream !== undefined) stream.lastRule = rule.place;
    const outcome = rule.run(context);
    if (outcome !== Outcome.next && outcome !== Outcome.wait) return outcome;
    if (stream !== undefined) stream.lastRule = before;
    if (outcome === Outcome.next) continue;
    context.waiting = rule;
    context.waitingIn = rules;
    return outcome;
  }
  return Outcome.next;
}
