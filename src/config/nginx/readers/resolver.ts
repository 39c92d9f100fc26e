import type { Block } from "../block.js";
import { duplicate, Mistake } from "../mistake.js";
import type { Reading } from "../reading.js";
import type { Statement, Word } from "../statement.js";
import { parseSeconds } from "../values/time.js";
import { parseUrl } from "../values/url.js";

/** `resolver ADDRESS… [valid=TIME] [ipv4=on|off] [ipv6=on|off] [status_zone=ZONE]`. */
export interface Resolver {
  /** Addresses or names. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Seconds; undefined: what the answer says. */
  readonly valid: number | undefined;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
}

export function readResolver(
  statement: Statement,
  _block: Block,
  before: Resolver | undefined,
  _reading: Reading,
): Resolver {
  if (before !== undefined) throw duplicate(statement);
  const servers: { host: string; port: number }[] = [];
  let [valid, ipv4, ipv6]: [number | undefined, boolean, boolean] = [undefined, true, true];
  const wrong = (word: Word) =>
    new Mistake(`invalid parameter: ${word.text}`, { code: "invalid-value", word });
  for (const word of statement.words) {
    const [, name, value = ""] = /^(valid|ipv[46]|status_zone)=(.*)$/s.exec(word.text) ?? [];
    if (name === "valid") {
      valid = parseSeconds(value);
      if (valid === undefined) throw wrong(word);
    } else if (name === "ipv4" || name === "ipv6") {
      if (value !== "on" && value !== "off") throw wrong(word);
      if (name === "ipv4") ipv4 = value === "on";
      else ipv6 = value === "on";
    } else if (name === undefined) {
      const url = parseUrl(word.text, { defaultPort: 53 });
      if (typeof url === "string")
        throw new Mistake(`${url} in resolver "${word.text}"`, { code: "invalid-resolver", word });
      servers.push({ host: url.host, port: url.port });
    }
  }
  if (!ipv4 && !ipv6)
    throw new Mistake('"ipv4" and "ipv6" cannot both be "off"', { code: "no-family", word: statement.name });
  if (servers.length === 0)
    throw new Mistake("no name servers defined", { code: "no-resolver", word: statement.name });
  return { servers, valid, ipv4, ipv6 };
}
