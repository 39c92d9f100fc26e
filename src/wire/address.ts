/** An IP address: a value, compared by {@link IpAddress.equals} and never changed. */
export class IpAddress {
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get family(): 4 | 6 {
    return this.bytes.length === 4 ? 4 : 6;
  }

  static fromBytes(bytes: Uint8Array): IpAddress {
    if (bytes.length !== 4 && bytes.length !== 16)
      throw new RangeError(`an IP address has 4 or 16 bytes, not ${bytes.length}`);
    return new IpAddress(new Uint8Array(bytes));
  }

  /** Reads "192.168.4.15" (four decimal parts, as inet_pton) or RFC 4291 text; undefined if it is neither. */
  static parse(text: string): IpAddress | undefined {
    const bytes = text.includes(":") ? parse6(text) : parse4(text);
    return bytes && new IpAddress(bytes);
  }

  /** As {@link parse}, for texts that are known to be right. */
  static of(text: string): IpAddress {
    const address = IpAddress.parse(text);
    if (!address) throw new RangeError(`not an IP address: ${text}`);
    return address;
  }

  equals(other: IpAddress): boolean {
    return this.compare(other) === 0;
  }

  /** Order: IPv4 before IPv6, then as numbers. */
  compare(other: IpAddress): number {
    if (this.bytes.length !== other.bytes.length) return this.bytes.length - other.bytes.length;
    for (let i = 0; i < this.bytes.length; i++) {
      const difference = this.bytes[i]! - other.bytes[i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** RFC 5952 text. */
  toString(): string {
    const { bytes } = this;
    return bytes.length === 4 ? `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` : format6(bytes);
  }

  toJSON(): string {
    return this.toString();
  }
}

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

function format6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!);
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
