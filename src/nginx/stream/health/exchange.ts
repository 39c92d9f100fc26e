import type { MatchRule } from "../../../config/nginx/model/index.js";
import { compileRegex } from "../../../regex/index.js";

/** What a check of stream sends, and what has to come; one character a byte. */
export interface CheckExchange {
  readonly send: string | undefined;
  /** Whether what came until now is what was expected; undefined: nothing has to come. */
  readonly expects: ((received: string) => boolean) | undefined;
}

/** What is sent to see whether a datagram is refused. */
export const usualDatagram = "nginx health check";

/** So many bytes of an answer are looked at. */
export const MOST_RECEIVED = 256 * 1024;

/** A match block of stream: its `send` and `expect`. A text has to be what comes first; an expression is looked for. */
export function checkExchange(rules: readonly MatchRule[]): CheckExchange {
  let send: string | undefined;
  let expects: CheckExchange["expects"];
  for (const rule of rules) {
    if (rule.kind === "send") send = rule.text;
    else if (rule.kind === "expect" && rule.regex) {
      const regex = compileRegex(rule.text);
      expects = (received) => regex.test(received);
    } else if (rule.kind === "expect") expects = (received) => received.startsWith(rule.text);
  }
  return { send, expects };
}
