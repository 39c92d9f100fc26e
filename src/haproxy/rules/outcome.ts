/** What an action of a rule comes to (action-t.h, enum act_return). */
export const Outcome = {
  /** The next rule. */
  next: 0,
  /** This set of rules is done, what follows it goes on: allow, accept. */
  stop: 1,
  /** It has to wait; it is asked again, without its condition, when something has changed. */
  wait: 2,
  /** An internal error: 500. */
  error: 3,
  /** The message is dealt with, and goes on without further rules. */
  done: 4,
  /** Refused: 403, or what the rule set as the stream's status. */
  deny: 5,
  /** An answer was given, or the connection broken off: nothing more is to be done. */
  abort: 6,
  /** The message can't be read: 400, 502. */
  invalid: 7,
} as const;

export type Outcome = (typeof Outcome)[keyof typeof Outcome];
