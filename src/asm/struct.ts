import { localView } from "./local.js";
import type { FieldType, Plain, StructLike } from "./types.js";
import type { Inputs, StructView } from "./view.js";

export type Shape = Readonly<Record<string, FieldType>>;
export type PlainStruct<S extends Shape> = { -readonly [K in keyof S]: Plain<S[K]> };

/**
 * A struct, declared once. From it come the loads and stores of the packet program ({@link local} and the views that
 * maps and packets give), the BTF, and the reader and writer of the control plane ({@link over}).
 */
export interface Struct<S extends Shape> extends StructLike, FieldType<StructView<S>, PlainStruct<S>> {
  readonly shape: S;
  /** A struct of this kind on the program's stack; padding and fields not named are zero. */
  local(values: Inputs<S>): StructView<S>;
  /** The same bytes as the control plane sees them: reading and writing a property reads and writes memory. */
  over(memory: Uint8Array, offset?: number): PlainStruct<S>;
  /** As {@link over}, for one place after another: each call moves the one view there is. */
  cursor(memory: Uint8Array): (offset: number) => PlainStruct<S>;
  /** New bytes that hold these values; what is not named is zero. */
  encode(values: Partial<PlainStruct<S>>): Uint8Array;
  /** Where a field begins, in bytes. */
  offsetOf(field: keyof S & string): number;
}

/**
 * Declares a struct with C's layout on a 64-bit machine: every field at a multiple of its alignment, the whole a
 * multiple of the largest. `size` asks for more room at the end (a whole cache line); too little is an error.
 */
export function struct<const S extends Shape>(
  name: string,
  shape: S,
  options: { size?: number } = {},
): Struct<S> {
  const fields = new Map<string, { type: FieldType; offset: number }>();
  let end = 0;
  let align = 1;
  for (const [field, type] of Object.entries(shape)) {
    const offset = Math.ceil(end / type.align) * type.align;
    fields.set(field, { type, offset });
    end = offset + type.size;
    align = Math.max(align, type.align);
  }
  const needed = Math.ceil(end / align) * align;
  const size = options.size ?? needed;
  if (size < needed) throw new RangeError(`struct ${name} needs ${needed} bytes, more than ${size}`);

  const find = (field: string) => {
    const found = fields.get(field);
    if (!found) throw new RangeError(`struct ${name} has no field ${field}`);
    return found;
  };
  const Memory = memoryClass(fields);
  const self: Struct<S> = {
    name,
    size,
    align,
    fields,
    shape,
    get form() {
      return { kind: "struct" as const, struct: self };
    },
    local: (values) => localView(self, values) as StructView<S>,
    over: (memory, offset = 0) => new Memory(memory, offset) as PlainStruct<S>,
    cursor(memory) {
      const view = new Memory(memory, 0);
      return (offset) => view.moved(offset) as PlainStruct<S>;
    },
    encode(values) {
      const memory = new Uint8Array(size);
      const view = new DataView(memory.buffer);
      for (const [field, value] of Object.entries(values)) {
        const { type, offset } = find(field);
        writeField(memory, view, offset, type, value as never);
      }
      return memory;
    },
    offsetOf: (field) => find(field).offset,
  };
  return self;
}

let lastMemory: Uint8Array | undefined;
let lastView: DataView = new DataView(new ArrayBuffer(0));

/** A view of memory. Thousands of records are read from the same one, and a view of its own for each would cost more than they do. */
function viewOf(memory: Uint8Array): DataView {
  if (memory === lastMemory) return lastView;
  lastMemory = memory;
  lastView = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  return lastView;
}

/** A class whose properties read and write the fields in memory. */
function memoryClass(
  fields: StructLike["fields"],
): new (
  memory: Uint8Array,
  offset: number,
) => { moved(offset: number): object } {
  class Memory {
    readonly #memory: Uint8Array;
    #offset: number;
    readonly #view: DataView;

    constructor(memory: Uint8Array, offset: number) {
      this.#memory = memory;
      this.#offset = offset;
      this.#view = viewOf(memory);
    }

    static define(field: string, type: FieldType, at: number): void {
      const read = readerOf(type);
      Object.defineProperty(Memory.prototype, field, {
        enumerable: true,
        get(this: Memory) {
          return read(this.#memory, this.#view, this.#offset + at);
        },
        set(this: Memory, value: never) {
          writeField(this.#memory, this.#view, this.#offset + at, type, value);
        },
      });
    }

    moved(offset: number): this {
      this.#offset = offset;
      return this;
    }

    toJSON(): object {
      const self = this as unknown as Record<string, unknown>;
      return Object.fromEntries([...fields.keys()].map((field) => [field, self[field]]));
    }
  }
  for (const [field, { type, offset }] of fields) Memory.define(field, type, offset);
  return Memory;
}

type Reader = (memory: Uint8Array, view: DataView, at: number) => unknown;

/** Reads fields of a type; what it is, is asked once, as large tables have many. */
function readerOf({ form, size }: FieldType): Reader {
  switch (form.kind) {
    case "scalar": {
      const little = !form.networkOrder;
      if (form.bits === 8) return (_, view, at) => view.getUint8(at);
      if (form.bits === 16) return (_, view, at) => view.getUint16(at, little);
      if (form.bits === 32) return (_, view, at) => view.getUint32(at, little);
      return (_, view, at) => view.getBigUint64(at, little);
    }
    case "struct":
      return (memory, _, at) => (form.struct as Struct<Shape>).over(memory, at);
    case "array": {
      const { count, element } = form;
      const read = readerOf(element);
      return (memory, view, at) =>
        Array.from({ length: count }, (_, i) => read(memory, view, at + i * element.size));
    }
    case "bytes":
    case "opaque":
      return (memory, _, at) => memory.subarray(at, at + size);
  }
}

function writeField(memory: Uint8Array, view: DataView, at: number, type: FieldType, value: never): void {
  const form = type.form;
  switch (form.kind) {
    case "scalar":
      if (form.bits === 8) view.setUint8(at, value);
      else if (form.bits === 16) view.setUint16(at, value, !form.networkOrder);
      else if (form.bits === 32) view.setUint32(at, value, !form.networkOrder);
      else view.setBigUint64(at, value, !form.networkOrder);
      return;
    case "array":
      for (let i = 0; i < form.count; i++)
        writeField(memory, view, at + i * form.element.size, form.element, value[i] as never);
      return;
    case "struct":
      for (const [name, field] of form.struct.fields)
        if (value[name] !== undefined) writeField(memory, view, at + field.offset, field.type, value[name]);
      return;
    case "bytes":
      if ((value as Uint8Array).length !== type.size)
        throw new RangeError(`${type.name} takes ${type.size} bytes`);
      memory.set(value, at);
      return;
    case "opaque":
      throw new TypeError(`${type.name} belongs to the kernel and can't be written`);
  }
}
