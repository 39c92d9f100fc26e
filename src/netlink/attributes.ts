import { IpAddress } from "../wire/address.js";
import { MacAddress } from "../wire/mac.js";
import { type MacInput, macOf } from "./mac-input.js";
import { hostIsLittleEndian, MalformedMessageError } from "./malformed.js";

/*
 * An attribute: struct nlattr (include/uapi/linux/netlink.h), in host byte order.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-------------------------------+-+-+---------------------------+
 *   | length (these 4 bytes + value)|N|O|           type            |
 *   +-------------------------------+-+-+---------------------------+
 *   | value ...                            | zeros up to 4 bytes    |
 *   +---------------------------------------------------------------+
 *
 * N: the value is a sequence of attributes itself; O: the value is in network order. Neither is part of the type,
 * and the kernel sets N on some nested attributes only, so a reader goes by what it knows of the type.
 */
const headerSize = 4;
const nestedFlag = 0x8000;
const typeMask = 0x3fff;
const align = (length: number) => (length + 3) & ~3;

/** One attribute as it was received: its type without the two flags, and its value. */
export interface Attribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/**
 * The attributes of a message, or of a nested attribute, by type.
 *
 * A getter gives undefined for an attribute that is not there, and throws {@link MalformedMessageError} for one that
 * is shorter than the value asked for (a longer one is read from its start: newer kernels append).
 */
export class Attributes {
  /** All of them in the order received: a type may occur more than once in lists. */
  readonly all: readonly Attribute[];
  readonly #byType = new Map<number, Uint8Array>();

  private constructor(all: readonly Attribute[]) {
    this.all = all;
    for (const { type, value } of all) this.#byType.set(type, value);
  }

  /** @throws {MalformedMessageError} when a length lies about what follows. */
  static parse(bytes: Uint8Array): Attributes {
    const view = viewOf(bytes);
    const all: Attribute[] = [];
    for (let offset = 0; offset < bytes.length; ) {
      const left = bytes.length - offset;
      if (left < headerSize)
        throw new MalformedMessageError(`${left} bytes are left at ${offset}, too few for an attribute`);
      const length = view.getUint16(offset, hostIsLittleEndian);
      const type = view.getUint16(offset + 2, hostIsLittleEndian) & typeMask;
      if (length < headerSize || length > left)
        throw new MalformedMessageError(
          `attribute ${type} at ${offset} says its length is ${length}, where ${headerSize} to ${left} is possible`,
        );
      all.push({ type, value: bytes.subarray(offset + headerSize, offset + length) });
      offset += align(length);
    }
    return new Attributes(all);
  }

  has(type: number): boolean {
    return this.#byType.has(type);
  }

  bytes(type: number): Uint8Array | undefined {
    return this.#byType.get(type);
  }

  u8(type: number): number | undefined {
    return this.#number(type, 1, (view) => view.getUint8(0));
  }

  u16(type: number): number | undefined {
    return this.#number(type, 2, (view) => view.getUint16(0, hostIsLittleEndian));
  }

  u32(type: number): number | undefined {
    return this.#number(type, 4, (view) => view.getUint32(0, hostIsLittleEndian));
  }

  s32(type: number): number | undefined {
    return this.#number(type, 4, (view) => view.getInt32(0, hostIsLittleEndian));
  }

  u64(type: number): bigint | undefined {
    return this.#number(type, 8, (view) => view.getBigUint64(0, hostIsLittleEndian));
  }

  /** Text up to its NUL, or to the end where there is none. */
  text(type: number): string | undefined {
    const value = this.#byType.get(type);
    if (!value) return undefined;
    const end = value.indexOf(0);
    return new TextDecoder().decode(end < 0 ? value : value.subarray(0, end));
  }

  address(type: number): IpAddress | undefined {
    const value = this.#byType.get(type);
    if (!value) return undefined;
    if (value.length !== 4 && value.length !== 16)
      throw new MalformedMessageError(`attribute ${type} is an address of ${value.length} bytes`);
    return IpAddress.fromBytes(value);
  }

  /** undefined also for hardware addresses that are not Ethernet's (tunnels have some). */
  mac(type: number): MacAddress | undefined {
    const value = this.#byType.get(type);
    return value?.length === 6 ? MacAddress.fromBytes(value) : undefined;
  }

  nested(type: number): Attributes | undefined {
    const value = this.#byType.get(type);
    return value && Attributes.parse(value);
  }

  #number<T>(type: number, size: number, read: (view: DataView) => T): T | undefined {
    const value = this.#byType.get(type);
    if (!value) return undefined;
    if (value.length < size)
      throw new MalformedMessageError(`attribute ${type} has ${value.length} bytes instead of ${size}`);
    return read(viewOf(value));
  }
}

/**
 * Writes the body of a message: a fixed structure first, attributes after it.
 *
 * Every writer of an attribute leaves out an undefined value, so that options can be passed on as they are.
 */
export class BodyWriter {
  readonly #parts: Uint8Array[] = [];

  /** A fixed structure, as it lies in memory; padded to 4 bytes. */
  structure(bytes: Uint8Array): this {
    const part = new Uint8Array(align(bytes.length));
    part.set(bytes);
    this.#parts.push(part);
    return this;
  }

  bytes(type: number, value: Uint8Array | undefined): this {
    return value === undefined ? this : this.#attribute(type, value);
  }

  /** An attribute without a value: being there is what it says. */
  flag(type: number, set = true): this {
    return set ? this.#attribute(type, new Uint8Array(0)) : this;
  }

  u8(type: number, value: number | undefined): this {
    return this.#number(type, value, 1, (view, number) => view.setUint8(0, number));
  }

  u16(type: number, value: number | undefined): this {
    return this.#number(type, value, 2, (view, number) => view.setUint16(0, number, hostIsLittleEndian));
  }

  u32(type: number, value: number | undefined): this {
    return this.#number(type, value, 4, (view, number) => view.setUint32(0, number, hostIsLittleEndian));
  }

  /** Text with a NUL at its end. */
  text(type: number, value: string | undefined): this {
    return value === undefined ? this : this.#attribute(type, new TextEncoder().encode(`${value}\0`));
  }

  address(type: number, value: IpAddress | undefined): this {
    return this.bytes(type, value?.bytes);
  }

  mac(type: number, value: MacInput | undefined): this {
    return value === undefined ? this : this.#attribute(type, macOf(value).bytes);
  }

  nested(type: number, fill: (inner: BodyWriter) => void): this {
    const inner = new BodyWriter();
    fill(inner);
    return this.#attribute(type | nestedFlag, inner.finish());
  }

  finish(): Uint8Array {
    const size = this.#parts.reduce((sum, part) => sum + part.length, 0);
    const bytes = new Uint8Array(size);
    let offset = 0;
    for (const part of this.#parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  #number(
    type: number,
    value: number | undefined,
    size: 1 | 2 | 4,
    write: (view: DataView, value: number) => void,
  ): this {
    if (value === undefined) return this;
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size))
      throw new RangeError(`attribute ${type}: ${value} is not a whole number of ${size} bytes`);
    const bytes = new Uint8Array(size);
    write(viewOf(bytes), value);
    return this.#attribute(type, bytes);
  }

  #attribute(type: number, value: Uint8Array): this {
    const length = headerSize + value.length;
    if (length > 0xffff)
      throw new RangeError(
        `attribute ${type & typeMask}: ${value.length} bytes do not fit into an attribute`,
      );
    const part = new Uint8Array(align(length));
    const view = viewOf(part);
    view.setUint16(0, length, hostIsLittleEndian);
    view.setUint16(2, type, hostIsLittleEndian);
    part.set(value, headerSize);
    this.#parts.push(part);
    return this;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
