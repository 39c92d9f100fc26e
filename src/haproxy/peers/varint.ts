// Numbers of the peers protocol (peers-v2.0, section I): the first byte's upper half says that more follow, then seven bits in each byte.
//
//     0 … 239         | XXXX XXXX |
//     240 … 2287      | 1111 XXXX | 0XXX XXXX |
//     2288 … 264431   | 1111 XXXX | 1XXX XXXX | 0XXX XXXX |     and so on, to ten bytes

const firstLong = 240;

/** Writes a number at the end of `bytes`: whole, not negative but for 32-bit ones, which go as 64 bits of two's complement. */
export function writeNumber(bytes: number[], value: number): void {
  if (value < 0) {
    writeBig(bytes, BigInt.asUintN(64, BigInt(value)));
    return;
  }
  if (value < firstLong) {
    bytes.push(value);
    return;
  }
  bytes.push((value & 0x0f) | 0xf0);
  let rest = Math.floor((value - firstLong) / 16);
  while (rest >= 128) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor((rest - 128) / 128);
  }
  bytes.push(rest);
}

function writeBig(bytes: number[], value: bigint): void {
  bytes.push(Number(value & 0x0fn) | 0xf0);
  let rest = (value - 240n) >> 4n;
  while (rest >= 128n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest = (rest - 128n) >> 7n;
  }
  bytes.push(Number(rest));
}

/** Reads fields of a message one after the other; what isn't there makes it `malformed`, and reads as zero from then on. */
export class FieldReader {
  malformed = false;
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  /** A number as it is up to 2^53, above it rounded; `signed` gives the lower 32 bits as two's complement. */
  number(signed = false): number {
    let value = this.#byte();
    if (value < firstLong) return signed ? value | 0 : value;
    let exact = BigInt(value);
    let shift = 4n;
    for (let count = 0; ; count++) {
      if (count > 9) this.malformed = true;
      const byte = this.#byte();
      if (this.malformed) return 0;
      exact += BigInt(byte) << shift;
      shift += 7n;
      if (byte < 128) break;
    }
    value = signed ? Number(BigInt.asIntN(32, exact)) : Number(BigInt.asUintN(64, exact));
    return value;
  }

  uint32(): number {
    const bytes = this.bytes(4);
    if (this.malformed) return 0;
    return bytes[0]! * 0x1000000 + ((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!);
  }

  bytes(length: number): Uint8Array {
    if (this.malformed || length > this.left) {
      this.malformed = true;
      return new Uint8Array(0);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A reader of the next bytes alone. */
  part(length: number): FieldReader {
    return new FieldReader(this.bytes(length));
  }

  #byte(): number {
    if (this.malformed || this.#at >= this.#end) {
      this.malformed = true;
      return 0;
    }
    return this.#bytes[this.#at++] as number;
  }
}
