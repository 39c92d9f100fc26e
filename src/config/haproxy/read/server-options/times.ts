import { Mistake } from "../../grammar/mistake.js";
import { parseTime } from "../../values/numbers.js";
import type { DefaultServer } from "../server-draft.js";
import { missing, type OptionAt } from "./option-at.js";

const times: Readonly<Record<string, keyof DefaultServer>> = {
  inter: "interMs",
  fastinter: "fastInterMs",
  downinter: "downInterMs",
  "agent-inter": "agentInterMs",
  slowstart: "slowstartMs",
  "pool-purge-delay": "poolPurgeDelayMs",
  "tcp-ut": "tcpUserTimeoutMs",
};

export function timeOption({ draft, name }: OptionAt, word: string, text: string): boolean {
  const key = Object.hasOwn(times, word) ? times[word] : undefined;
  if (!key) return false;
  if (text === "" && word !== "slowstart")
    missing(
      word === "pool-purge-delay"
        ? `'${word}' expects <value> as argument.`
        : `'${word}' expects a delay as argument.`,
    );
  const value = parseTime(text, "ms");
  if (typeof value !== "number") {
    if (word === "pool-purge-delay" || word === "tcp-ut")
      throw new Mistake(
        value.fault === "over"
          ? `timer overflow in argument '${text}' to '${word}' (maximum value is 2147483647 ms or ~24.8 days)`
          : value.fault === "character" && word === "tcp-ut"
            ? `'${word}' : expects a positive delay in milliseconds`
            : `unexpected character '${value.fault === "character" ? value.char : ""}' in argument to <${word}>.`,
      );
    throw new Mistake(
      value.fault === "over"
        ? `timer overflow in argument <${text}> to <${word}> of server ${name}, maximum value is 2147483647 ms (~24.8 days).`
        : `unexpected character '${value.fault === "character" ? value.char : ""}' in '${/inter$/.test(word) ? "agent-inter" : word}' argument of server ${name}.`,
    );
  }
  if (value <= 0 && /inter$/.test(word))
    throw new Mistake(`invalid value ${value} for argument '${word}' of server ${name}.`);
  // HAProxy keeps slow starts in whole seconds.
  (draft as Record<string, unknown>)[key] = word === "slowstart" ? Math.ceil(value / 1000) * 1000 : value;
  return true;
}
