/** An Ethernet address: a value, compared by {@link MacAddress.equals} and never changed. */
export class MacAddress {
  /** 6 bytes as they stand in the frame. */
  readonly bytes: Uint8Array;

  static readonly broadcast = new MacAddress(new Uint8Array(6).fill(0xff));
  static readonly zero = new MacAddress(new Uint8Array(6));

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  static fromBytes(bytes: Uint8Array): MacAddress {
    if (bytes.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${bytes.length}`);
    return new MacAddress(Uint8Array.from(bytes));
  }

  /** Reads "02:00:c0:a8:04:64" (or with hyphens); undefined if it is not one. */
  static parse(text: string): MacAddress | undefined {
    if (!/^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i.test(text)) return undefined;
    return new MacAddress(Uint8Array.from(text.split(/[:-]/), (part) => Number.parseInt(part, 16)));
  }

  /** As {@link parse}, for texts that are known to be right. */
  static of(text: string): MacAddress {
    const address = MacAddress.parse(text);
    if (!address) throw new RangeError(`not a MAC address: ${text}`);
    return address;
  }

  /** True for broadcast and multicast: the lowest bit of the first byte is set (IEEE 802-2014, 8.2.2). */
  get isGroup(): boolean {
    return (this.bytes[0]! & 1) === 1;
  }

  equals(other: MacAddress): boolean {
    return this.bytes.every((byte, index) => byte === other.bytes[index]);
  }

  toString(): string {
    return Array.from(this.bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
  }

  toJSON(): string {
    return this.toString();
  }
}
