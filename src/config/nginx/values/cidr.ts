import { isIPv4, isIPv6 } from "node:net";
import { parseNumber } from "./numbers.js";

/** A network as nginx takes it (ngx_ptocidr). */
export interface Cidr {
  readonly family: 4 | 6;
  readonly address: bigint;
  readonly bits: number;
  /** Bits behind the prefix are set, which nginx warns of. */
  readonly meaningless: boolean;
}

/** Reads "10.0.0.0/8", "10.0.0.1", "10.0.0.0/255.0.0.0", "fd00::/8"; undefined: it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const family = isIPv4(host) ? 4 : isIPv6(host) ? 6 : undefined;
  if (family === undefined || host.includes("%")) return undefined;
  const width = family === 4 ? 32 : 128;
  const bits = slash < 0 ? width : parseNumber(text.slice(slash + 1));
  if (bits === undefined || bits > width) return undefined;
  const whole = addressBits(host);
  const low = BigInt(width - bits);
  const address = (whole >> low) << low;
  return { family, address, bits, meaningless: address !== whole };
}

/** An address as a number; the text has to be one. */
export function addressBits(host: string): bigint {
  if (isIPv4(host)) return host.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(host);
  const text = dotted ? `${dotted[1]}${hexPair(addressBits(dotted[2]!))}` : host;
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const all = [...left, ...Array<string>(Math.max(0, zeros)).fill("0"), ...right];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

const hexPair = (bits: bigint) => `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
