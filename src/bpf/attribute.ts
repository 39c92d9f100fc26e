import { addressOf, type BpfCommandName, bpf, tryBpf } from "../sys/index.js";

/**
 * union bpf_attr, being filled in (include/uapi/linux/bpf.h). It holds the buffers whose addresses stand in it: an
 * address alone keeps nothing alive.
 */
export class Attribute {
  /** @internal What the kernel uses right now, so that it can't be collected. */
  static inUse: Attribute | undefined;

  readonly bytes: Buffer;
  readonly #held = new Map<number, Uint8Array>();

  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
  }

  u32(offset: number, value: number): this {
    this.bytes.writeUInt32LE(value >>> 0, offset);
    return this;
  }

  u64(offset: number, value: bigint): this {
    this.bytes.writeBigUInt64LE(value, offset);
    return this;
  }

  /** The address of a buffer, which the kernel reads or writes. */
  pointer(offset: number, buffer: Uint8Array): this {
    this.#held.set(offset, buffer);
    return this.u64(offset, addressOf(buffer));
  }

  /** The address of a text that ends with a zero. */
  text(offset: number, text: string): this {
    return this.pointer(offset, Buffer.from(`${text}\0`));
  }

  /** An object's name as the kernel takes it: 15 characters, letters, digits, "_" and ".". */
  name(offset: number, name: string): this {
    this.bytes.write(name.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, 15), offset, "latin1");
    return this;
  }

  get(offset: number): number {
    return this.bytes.readUInt32LE(offset);
  }

  /** bpf(2) with this; throws SystemError. */
  call(command: BpfCommandName): number {
    Attribute.inUse = this;
    return bpf(command, this.bytes);
  }

  /** bpf(2) with this; the negative errno where it fails. */
  try(command: BpfCommandName): number {
    Attribute.inUse = this;
    return tryBpf(command, this.bytes);
  }
}
