/** An IP address: a value, compared by {@link IpAddress.equals} and never changed. */
export class IpAddress {
  /**
   * The address as signed 32-bit numbers in network order: one, or four of an IPv6 address. Large tables have many
   * addresses, and numbers cost a fraction of what arrays of bytes do.
   */
  readonly words: readonly number[];
  #bytes: Uint8Array | undefined;

  private constructor(words: readonly number[]) {
    this.words = words;
  }

  get family(): 4 | 6 {
    return this.words.length === 1 ? 4 : 6;
  }

  /** 4 or 16 bytes in network order. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= Uint8Array.from({ length: 4 * this.words.length }, (_, i) => this.byte(i)));
  }

  /** One of its 4 or 16 bytes. */
  byte(index: number): number {
    return (this.words[index >> 2]! >>> (24 - 8 * (index & 3))) & 255;
  }

  static fromBytes(bytes: Uint8Array): IpAddress {
    if (bytes.length !== 4 && bytes.length !== 16)
      throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
    return IpAddress.within(bytes, 0, bytes.length === 4 ? 4 : 6);
  }

  /** The address of this family that begins at a place in memory. */
  static within(memory: Uint8Array, at: number, family: 4 | 6): IpAddress {
    if (family === 4) return new IpAddress([wordAt(memory, at)]);
    return new IpAddress([0, 4, 8, 12].map((offset) => wordAt(memory, at + offset)));
  }

  /** Reads "192.168.4.15" (four decimal parts, as inet_pton) or RFC 4291 text; undefined if it is neither. */
  static parse(text: string): IpAddress | undefined {
    const bytes = text.includes(":") ? parse6(text) : parse4(text);
    return bytes && IpAddress.fromBytes(bytes);
  }

  /** As {@link parse}, for texts that are known to be right. */
  static of(text: string): IpAddress {
    const address = IpAddress.parse(text);
    if (!address) throw new RangeError(`not an IP address: ${text}`);
    return address;
  }

  equals(other: IpAddress): boolean {
    const { words } = this;
    if (words.length !== other.words.length) return false;
    for (let i = 0; i < words.length; i++) if (words[i] !== other.words[i]) return false;
    return true;
  }

  /** Order: IPv4 before IPv6, then as numbers. */
  compare(other: IpAddress): number {
    const { words } = this;
    if (words.length !== other.words.length) return words.length - other.words.length;
    for (let i = 0; i < words.length; i++)
      if (words[i] !== other.words[i]) return (words[i]! >>> 0) - (other.words[i]! >>> 0);
    return 0;
  }

  /** RFC 5952 text. */
  toString(): string {
    if (this.words.length > 1) return format6(this.words);
    const word = this.words[0]!;
    return `${word >>> 24}.${(word >> 16) & 255}.${(word >> 8) & 255}.${word & 255}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

const wordAt = (memory: Uint8Array, at: number): number =>
  (memory[at]! << 24) | (memory[at + 1]! << 16) | (memory[at + 2]! << 8) | memory[at + 3]!;

function parse4(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const parts = match.slice(1).map(Number);
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

function parse6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const words = [...head, ...new Array<number>(Math.max(missing, 0)).fill(0), ...tail];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255]));
}

function groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const words: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes(".")) {
      const four = parse4(part);
      if (!four) return undefined;
      words.push((four[0]! << 8) | four[1]!, (four[2]! << 8) | four[3]!);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) words.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return words;
}

function format6(all: readonly number[]): string {
  const words = all.flatMap((word) => [word >>> 16, word & 0xffff]);
  let best = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(":");
  if (best.length < 2) return text(words);
  return `${text(words.slice(0, best.start))}::${text(words.slice(best.start + best.length))}`;
}
