import type { PlainStruct, Shape, Struct } from "../../asm/index.js";

/** Records of one kind in a map's memory. */
export class SharedRecords<S extends Shape> {
  readonly #made: PlainStruct<S>[] = [];
  readonly #glance: (offset: number) => PlainStruct<S>;
  readonly memory: Uint8Array;
  /** The same memory, for those who read much of it. */
  readonly view: DataView;

  constructor(
    readonly struct: Struct<S>,
    { buffer, byteOffset, byteLength }: Uint8Array,
    readonly count: number,
  ) {
    // Parts of a Buffer, if it is one, would take longer to make.
    this.memory = new Uint8Array(buffer, byteOffset, byteLength);
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.#glance = struct.cursor(this.memory);
  }

  at(index: number): PlainStruct<S> {
    if (index >= this.count) throw new RangeError(`${this.struct.name} ${index} of ${this.count}`);
    return (this.#made[index] ??= this.struct.over(this.memory, index * this.struct.size));
  }

  /** A record for the moment: the next one that is glanced at takes its place. For those who look through very many. */
  glance(index: number): PlainStruct<S> {
    if (index >= this.count) throw new RangeError(`${this.struct.name} ${index} of ${this.count}`);
    return this.#glance(this.offset(index));
  }

  /** Where a record begins, in bytes from the beginning of its memory. */
  offset(index: number): number {
    return index * this.struct.size;
  }
}
