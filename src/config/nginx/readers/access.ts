import type { Block } from "../block.js";
import { invalid, Mistake } from "../mistake.js";
import type { AccessRule } from "../model/index.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseCidr } from "../values/cidr.js";
import { isAddress, parseUrl } from "../values/url.js";

/** `allow WHO` and `deny WHO`; both add to the same list. */
export function accessRule(statement: Statement, reading: Reading): AccessRule {
  const word = statement.words[0]!;
  if (word.text !== "all" && word.text !== "unix:" && !isNetwork(word, statement, reading))
    throw invalid("parameter", word);
  return { allow: statement.name.text === "allow", who: word.text };
}

/** Whether it is a network; nginx warns of bits behind its prefix. */
export function isNetwork(word: Word, statement: Statement, reading: Reading): boolean {
  const cidr = parseCidr(word.text);
  if (cidr?.meaningless)
    reading.warn("meaningless-bits", `low address bits of ${word.text} are meaningless`, statement.end);
  return cidr !== undefined;
}

/** `set_real_ip_from WHO`: an address, a network, "unix:", or a name. */
export function readRealIpFrom(
  statement: Statement,
  _block: Block,
  before: readonly string[] | undefined,
  reading: Reading,
): readonly string[] {
  const word = statement.words[0]!;
  if (word.text !== "unix:" && !isNetwork(word, statement, reading)) {
    const url = parseUrl(word.text);
    const wrong = typeof url === "string" ? url : isAddress(url.host) ? "invalid host" : undefined;
    if (wrong !== undefined || word.text.includes("/"))
      throw new Mistake(`${wrong ?? "invalid host"} in set_real_ip_from "${word.text}"`, {
        code: "invalid-network",
        word,
      });
  }
  return [...(before ?? []), word.text];
}
