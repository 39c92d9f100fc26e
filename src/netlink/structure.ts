import { hostIsLittleEndian, MalformedMessageError } from "./malformed.js";

/** Writes and reads the fixed structures that stand before the attributes, in host byte order. */
export class Structure {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  static ofSize(size: number): Structure {
    return new Structure(new Uint8Array(size));
  }

  /** The first `size` bytes of a body; `rest` is what follows them. */
  static split(body: Uint8Array, size: number, name: string): { head: Structure; rest: Uint8Array } {
    if (body.length < size)
      throw new MalformedMessageError(`${body.length} bytes instead of a ${name} of ${size}`);
    return { head: new Structure(body.subarray(0, size)), rest: body.subarray((size + 3) & ~3) };
  }

  u8(offset: number): number {
    return this.#view.getUint8(offset);
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, hostIsLittleEndian);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, hostIsLittleEndian);
  }

  /** Exact up to 2^53. */
  u64(offset: number): number {
    return Number(this.#view.getBigUint64(offset, hostIsLittleEndian));
  }

  setU8(offset: number, value: number): this {
    this.#view.setUint8(offset, value);
    return this;
  }

  setU16(offset: number, value: number): this {
    this.#view.setUint16(offset, value, hostIsLittleEndian);
    return this;
  }

  setU32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, hostIsLittleEndian);
    return this;
  }
}

export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** The kernel's number of an IP version; 0 (any) if there is none. */
export function familyNumber(family: 4 | 6 | undefined): number {
  return family === undefined ? AF_UNSPEC : family === 4 ? AF_INET : AF_INET6;
}

/** The IP version of the kernel's number; undefined for other families. */
export function ipVersion(family: number): 4 | 6 | undefined {
  return family === AF_INET ? 4 : family === AF_INET6 ? 6 : undefined;
}

/** The name of a number in a table of names; "13" for one that has none. */
export function nameOf(table: Readonly<Record<string, number>>, value: number): string {
  for (const [name, number] of Object.entries(table)) if (number === value) return name;
  return String(value);
}
