/**
 * How a stream ended, as the two letters of its termination state say (configuration.txt 8.5): who ended it, and in which phase.
 * The first who says so is kept.
 */
export type EndedBy =
  | "C" // the client went away
  | "S" // the server went away, or refused
  | "P" // the proxy: a rule, a message it couldn't read
  | "R" // a resource ran out
  | "L" // the proxy answered itself: redirect, stats, return
  | "I" // an internal error
  | "D" // the server was marked down
  | "U" // an active server came back (on-marked-up)
  | "K" // an administrator
  | "c" // the client's timeout
  | "s" // the server's timeout
  | "-";

export type EndedIn = "R" | "Q" | "C" | "H" | "D" | "L" | "T" | "-";
