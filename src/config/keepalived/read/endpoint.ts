import type { IpAddress } from "../../../wire/address.js";
import type { Word } from "../grammar/statement.js";
import { plainAddress } from "../values/addresses.js";
import { wholeNumber } from "../values/word-values.js";
import type { Reading } from "./reading.js";

/** ADDRESS [PORT]; no port and "0" are 0. Undefined if it is wrong: that is noted as `what` ("virtual server IP address"). */
export function readEndpoint(
  reading: Reading,
  words: readonly Word[],
  what: string,
): { readonly address: IpAddress; readonly port: number } | undefined {
  const [first, second] = words;
  if (!first) return undefined;
  const { findings } = reading;
  const address = plainAddress(first.text);
  if (!address) {
    const colon = /^([\d.]+):(\d+)$/.exec(first.text);
    const instead = colon ? `${colon[1]} ${colon[2]}` : undefined;
    findings.add(
      first.at,
      "invalid-address",
      `Invalid ${what} ${first.text}${second ? `/${second.text}` : ""} - skipping`,
      {
        remedy:
          instead === undefined
            ? "Write an IPv4 or IPv6 address; names are not looked up."
            : `Write ${instead}, with a blank between.`,
        meant: instead,
        instead,
      },
    );
    return undefined;
  }
  if (!second || /^0*$/.test(second.text)) return { address, port: 0 };
  const port = wholeNumber(findings, second, 1, 65535);
  return port === undefined ? undefined : { address, port };
}
