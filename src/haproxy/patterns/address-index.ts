import { IpAddress } from "../../wire/index.js";
import type { PatternEntry, Sample } from "../run/index.js";
import { leadingIpv4 } from "../samples/addresses.js";
import { Buckets, type PatternIndex } from "./index-kinds.js";

type Words = readonly number[];
interface Prefix {
  readonly words: Words;
  readonly bits: number;
  /** A mask that isn't a prefix (255.0.255.0). */
  readonly mask?: number;
}

/** "10.1" is 10.0.0.1, "10" is 0.0.0.10: the last number fills what is left (inet_aton(3)), as HAProxy has it resolved. */
function shortForm(host: string): ReturnType<typeof leadingIpv4> {
  if (!/^\d+(?:\.\d+){0,2}$/.test(host)) return undefined;
  const parts = host.split(".").map(Number);
  const last = parts.pop() as number;
  const rest = 4 - parts.length;
  if (parts.some((part) => part > 255) || last >= 256 ** rest) return undefined;
  const bytes = Array.from({ length: rest }, (_, at) => Math.floor(last / 256 ** (rest - 1 - at)) % 256);
  return { address: [...parts, ...bytes].join("."), length: host.length };
}

/** "10.0.0.0/8", "10.0.0.0/255.0.0.0", "2001:db8::/32"; undefined of what isn't an address. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const length = slash < 0 ? undefined : text.slice(slash + 1);
  if (host.includes(":")) {
    const address = IpAddress.parse(host);
    if (!address || (length !== undefined && !(/^\d+$/.test(length) && Number(length) <= 128)))
      return undefined;
    const bits = length === undefined ? 128 : Number(length);
    return { words: masked(address.words, bits), bits };
  }
  const four = shortForm(host) ?? leadingIpv4(host);
  if (!four || four.length !== host.length) return undefined;
  const address = IpAddress.parse(four.address);
  if (!address) return undefined;
  if (length === undefined) return { words: address.words, bits: 32 };
  if (/^\d+$/.test(length)) {
    const bits = Number(length);
    return bits <= 32 ? { words: masked(address.words, bits), bits } : undefined;
  }
  const mask = IpAddress.parse(length);
  if (mask?.family !== 4) return undefined;
  const word = mask.words[0] as number;
  const bits = Math.clz32(~word);
  const contiguous = bits === 32 || word << bits === 0;
  const words = [(address.words[0] as number) & word];
  return contiguous ? { words, bits } : { words, bits: -1, mask: word };
}

const maskWord = (bits: number): number => (bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits));
const masked = (words: Words, bits: number): Words =>
  words.map((word, at) => word & maskWord(bits - 32 * at));

/** Networks, by the lengths of their prefixes: the longest that an address lies in is found. */
class PrefixTable {
  readonly #byBits = new Map<number, Buckets<number | string>>();
  #bits: number[] = [];

  add({ words, bits }: Prefix, entry: PatternEntry): void {
    let buckets = this.#byBits.get(bits);
    if (!buckets) {
      buckets = new Buckets();
      this.#byBits.set(bits, buckets);
      this.#bits = [...this.#byBits.keys()].sort((a, b) => b - a);
    }
    buckets.add(keyOf(words), entry);
  }

  remove({ words, bits }: Prefix, entry: PatternEntry): void {
    this.#byBits.get(bits)?.remove(keyOf(words), entry);
  }

  clear(): void {
    this.#byBits.clear();
    this.#bits = [];
  }

  find(words: Words): PatternEntry | undefined {
    for (const bits of this.#bits) {
      const found = this.#byBits
        .get(bits)
        ?.first(keyOf(bits === 32 * words.length ? words : masked(words, bits)));
      if (found) return found;
    }
    return undefined;
  }
}

const keyOf = (words: Words): number | string => (words.length === 1 ? (words[0] as number) : words.join());

/** The IPv4 address of mapped (::ffff:), compatible (::) and 6to4 (2002:) ones. */
function within([first, second, third, last]: Words): Words | undefined {
  if (first === 0 && second === 0 && (third === 0 || third === 0xffff)) return [last as number];
  if ((first as number) >>> 16 === 0x2002) return [((first as number) << 16) | ((second as number) >>> 16)];
  return undefined;
}

export class AddressIndex implements PatternIndex {
  readonly wants = "addr";
  readonly kind = "tree";
  readonly #four = new PrefixTable();
  readonly #six = new PrefixTable();
  #odd: { readonly entry: PatternEntry; readonly word: number; readonly mask: number }[] = [];

  add(entry: PatternEntry, dry = false): string | undefined {
    const prefix = parsePrefix(entry.key);
    if (!prefix) return `'${entry.key}' is not a valid IPv4 or IPv6 address`;
    if (dry) return undefined;
    if (prefix.mask !== undefined)
      this.#odd.push({ entry, word: prefix.words[0] as number, mask: prefix.mask });
    else (prefix.words.length === 1 ? this.#four : this.#six).add(prefix, entry);
    return undefined;
  }

  remove(entry: PatternEntry): void {
    const prefix = parsePrefix(entry.key);
    if (!prefix) return;
    if (prefix.mask !== undefined) this.#odd = this.#odd.filter((each) => each.entry.id !== entry.id);
    else (prefix.words.length === 1 ? this.#four : this.#six).remove(prefix, entry);
  }

  clear(): void {
    this.#four.clear();
    this.#six.clear();
    this.#odd = [];
  }

  match(sample: Sample): PatternEntry | undefined {
    const { words } = IpAddress.of(sample.value as string);
    let four: Words | undefined = words;
    if (words.length === 1) {
      const found = this.#four.find(words) ?? this.#six.find([0, 0, 0xffff, words[0] as number]);
      if (found) return found;
    } else {
      four = within(words);
      const found = this.#six.find(words) ?? (four && this.#four.find(four));
      if (found) return found;
    }
    if (four === undefined) return undefined;
    const word = four[0] as number;
    return this.#odd.find((each) => ((word ^ each.word) & each.mask) === 0)?.entry;
  }
}
