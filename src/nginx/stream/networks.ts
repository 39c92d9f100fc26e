import type { Log } from "../../errors.js";
import { IpAddress } from "../../wire/index.js";
import { isNetwork, resolveTrusted } from "../trusted-names.js";

/** "all", "unix:", an address, or a network ("10.0.0.0/8", "fd00::/8"). */
export type Matcher = (host: string) => boolean;

/** Whether a client's address ("" or a path of a Unix socket's) belongs to it. */
export function networkMatcher(who: string): Matcher {
  if (who === "all") return () => true;
  if (who === "unix:") return (host) => IpAddress.parse(host) === undefined;
  const [base = "", length] = who.split("/");
  const network = IpAddress.parse(base);
  if (network === undefined) return () => false;
  const bits = length === undefined ? 8 * network.bytes.length : Number(length);
  return (host) => {
    const address = IpAddress.parse(host);
    return address !== undefined && address.family === network.family && samePrefix(address, network, bits);
  };
}

function samePrefix(one: IpAddress, other: IpAddress, bits: number): boolean {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - at * 8)));
    if ((one.byte(at) & mask) !== (other.byte(at) & mask)) return false;
  }
  return true;
}

/** `allow` and `deny`: the first that fits decides; where none does the client may. */
export function accessCheck(rules: readonly { readonly allow: boolean; readonly who: string }[]): Matcher {
  const made = rules.map(({ allow, who }) => ({ allow, fits: networkMatcher(who) }));
  return (host) => made.find(({ fits }) => fits(host))?.allow ?? true;
}

/** Of set_real_ip_from; those that hosts stand for are added when they are resolved. */
export function believedMatchers(from: readonly string[], log: Log): Matcher[] {
  const matchers: Matcher[] = [];
  for (const who of from)
    if (who === "unix:" || isNetwork(who)) matchers.push(networkMatcher(who));
    else
      resolveTrusted(
        who,
        (address) => matchers.push(networkMatcher(address)),
        (sentence) => log.warn(sentence),
      );
  return matchers;
}
