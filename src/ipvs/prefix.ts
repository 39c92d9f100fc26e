import { RondoError } from "../errors.js";
import { IpAddress } from "../wire/address.js";

/** A network: an address whose bits behind the first `length` are zero. */
export interface Prefix {
  readonly address: IpAddress;
  /** 0 … 32 or 0 … 128. */
  readonly length: number;
}

/**
 * Reads "10.1.0.0/16", "2001:db8::/32", or an address alone, which is a network of one. `option` is what the text was given
 * for, as messages name it.
 *
 * @throws {RondoError} "bad-prefix", exit status 2
 */
export function parsePrefix(text: string, option: string): Prefix {
  const [address = "", bits, ...more] = text.split("/");
  const parsed = IpAddress.parse(address);
  if (!parsed || more.length > 0) throw bad(text, option, "is no address, nor ADDRESS/BITS", remedyFor(text));
  const most = 8 * parsed.bytes.length;
  if (bits === undefined) return { address: parsed, length: most };
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most)
    throw bad(text, option, `: a prefix of IPv${parsed.family} has 0 to ${most} bits`);
  const length = Number(bits);
  const network = IpAddress.fromBytes(maskedBytes(parsed, length));
  if (!network.equals(parsed))
    throw bad(
      text,
      option,
      `has more in it than its ${length} bits`,
      `Did you mean ${network}/${length}, or ${parsed}?`,
    );
  return { address: parsed, length };
}

/** As {@link parsePrefix} reads it: a network of one address has no length. */
export function prefixText({ address, length }: Prefix): string {
  return length === 8 * address.bytes.length ? `${address}` : `${address}/${length}`;
}

/** Whether an address is in a network. */
export function contains(prefix: Prefix, address: IpAddress): boolean {
  if (prefix.address.family !== address.family) return false;
  return IpAddress.fromBytes(maskedBytes(address, prefix.length)).equals(prefix.address);
}

/** Whether every address of `inner` is in `outer`. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  return outer.length <= inner.length && contains(outer, inner.address);
}

/** The bytes of a mask of so many ones. */
export function maskBytes(length: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 0xff00 >> Math.min(Math.max(length - 8 * i, 0), 8));
}

function maskedBytes({ bytes }: IpAddress, length: number): Uint8Array {
  const mask = maskBytes(length, bytes.length);
  return bytes.map((byte, i) => byte & mask[i]!);
}

function bad(text: string, option: string, what: string, remedy?: string): RondoError {
  const sentence = what.startsWith(":") ? `${text}${what}` : `${text} ${what}`;
  return new RondoError("bad-prefix", `${option} ${sentence}`, { exitStatus: 2, ...(remedy && { remedy }) });
}

/** Who writes a port behind an address means something else than this. */
function remedyFor(text: string): string | undefined {
  const withPort = /^(\[[^\]]*\]|[\d.]+):(\d+)$/.exec(text);
  if (!withPort) return undefined;
  return `A port is given by itself: ${withPort[1]!.replace(/[[\]]/g, "")} and --port ${withPort[2]}.`;
}
