import { Condition } from "./condition.js";
import { builder } from "./function-builder.js";
import { Given } from "./given.js";
import { Atomic, type Size } from "./instruction.js";
import { type Base, StackSlot, Temporary } from "./operation.js";
import type { Shape, Struct } from "./struct.js";
import type { FieldType, InProgram, StructLike } from "./types.js";
import { Be16, Be32, inRegister, type Number64, operand, swapBits, U32, U64 } from "./value.js";

/** What can be given where a field is written. */
export type Input<V> = V extends U32
  ? U32 | number
  : V extends U64
    ? Number64
    : V extends Be16
      ? Be16 | number
      : V extends Be32
        ? Be32 | number
        : V extends Bytes
          ? Bytes | Uint8Array
          : V;
export type Inputs<S extends Shape> = { readonly [K in keyof S]?: Input<InProgram<S[K]>> };

/** A struct in memory, as a packet program sees it: reading a property loads it now, writing one stores it now. */
export type StructView<S extends Shape> = View & {
  -readonly [K in keyof S]: InProgram<S[K]>;
} & StructMethods<S>;

interface StructMethods<S extends Shape> {
  /** Stores several fields. */
  set(values: Inputs<S>): void;
  /** A field for atomic operations: other CPUs see them whole. */
  atomic<K extends keyof S & string>(field: K): AtomicPlace<InProgram<S[K]>>;
  /** Reads as much as `type` takes from where a field begins: two neighbouring fields at once. */
  read<T extends FieldType>(type: T, field: keyof S & string): InProgram<T>;
  /** Writes so. */
  write<T extends FieldType>(type: T, field: keyof S & string, value: Input<InProgram<T>>): void;
}

/** A place in memory: a base in a register or on the stack, and an offset that is known. */
export class View {
  constructor(
    readonly base: Base,
    readonly offset: number,
  ) {}

  /** The address as a value that can be given to helpers and subprograms. */
  get asPointer(): Temporary {
    const { base, offset } = this;
    if (base instanceof Temporary && offset === 0) return base;
    const to = builder().temporary();
    if (base instanceof StackSlot) builder().add({ kind: "stack", to, slot: base, offset });
    else builder().add({ kind: "alu", op: "add", wide: true, to, left: base, right: offset });
    return to;
  }

  /** Whether it points to nothing (a look-up that found nothing). */
  get isMissing(): Condition {
    return Condition.compare("eq", this.asPointer, 0n, true);
  }
}

/** So many bytes without a meaning of their own. */
export class Bytes extends View {
  constructor(
    base: Base,
    offset: number,
    readonly size: number,
  ) {
    super(base, offset);
  }

  /** Copies all bytes of `other` here. */
  copy(other: Bytes | Uint8Array): void {
    if ((other instanceof Bytes ? other.size : other.length) !== this.size)
      throw new RangeError(`${this.size} bytes take no other number of bytes`);
    for (const { at, size } of pieces(this.size, this, other)) {
      const value =
        other instanceof Bytes ? load(other.base, other.offset + at, size) : known(other, at, size);
      store(this.base, this.offset + at, size, value);
    }
  }

  /** Whether all bytes are the same as these. */
  is(other: Bytes | Uint8Array | Given): Condition {
    let all: Condition | undefined;
    for (const { at, size } of pieces(this.size, this, ...(other instanceof Bytes ? [other] : []))) {
      const right =
        other instanceof Bytes
          ? load(other.base, other.offset + at, size)
          : other instanceof Given
            ? other.number(at, size).load()
            : known(other, at, size);
      const same = Condition.compare("eq", load(this.base, this.offset + at, size), right, size === 8);
      all = all ? all.and(same) : same;
    }
    return all ?? Condition.known(true);
  }

  /** The byte at an index. */
  byte(index: number): U32 {
    if (!(index >= 0 && index < this.size)) throw new RangeError(`byte ${index} of ${this.size}`);
    return new U32(load(this.base, this.offset + index, 1));
  }

  /** The four bytes from an index on, as the machine reads them: for sums, not for meaning. */
  word(index: number): U32 {
    if (!(index >= 0 && index + 4 <= this.size)) throw new RangeError(`word at ${index} of ${this.size}`);
    return new U32(load(this.base, this.offset + index, 4));
  }
  /** Writes the four bytes from an index on, as {@link word} reads them. */
  putWord(index: number, value: U32 | number): void {
    if (!(index >= 0 && index + 4 <= this.size)) throw new RangeError(`word at ${index} of ${this.size}`);
    store(this.base, this.offset + index, 4, typeof value === "number" ? BigInt(value) : value.source);
  }
  /** The eight bytes from an index on. */
  wide(index: number): U64 {
    if (!(index >= 0 && index + 8 <= this.size))
      throw new RangeError(`eight bytes at ${index} of ${this.size}`);
    return new U64(load(this.base, this.offset + index, 8));
  }
}

/** Elements of one kind, one behind the other. */
export class ArrayView<P> extends View {
  constructor(
    base: Base,
    offset: number,
    readonly element: FieldType,
    readonly count: number,
  ) {
    super(base, offset);
  }

  /**
   * The element at an index. One that is known only when a packet comes is cut to the array's count, which then has to be
   * a power of two: an index that is too large finds another element, never other memory.
   */
  at(index: number | U32): P {
    const place = this.place(index);
    return readPlace(place.base, place.offset, this.element) as P;
  }

  /** Writes the element at an index. */
  put(index: number | U32, value: Input<P>): void {
    const place = this.place(index);
    writePlace(place.base, place.offset, this.element, value);
  }

  /** The element at an index, for atomic operations. */
  atomic(index: number | U32): AtomicPlace<P> {
    const place = this.place(index);
    return new AtomicPlace(place.base, place.offset, this.element);
  }

  private place(index: number | U32): View {
    const known = typeof index === "number" ? BigInt(index) : index.source;
    const { size } = this.element;
    if (typeof known === "bigint") {
      if (known < 0n || known >= BigInt(this.count))
        throw new RangeError(`element ${known} of ${this.count}`);
      return new View(this.base, this.offset + Number(known) * size);
    }
    if ((this.count & (this.count - 1)) !== 0)
      throw new RangeError(`an array of ${this.count} elements can't be indexed by a packet`);
    const scaled = scale(new U32(known).and(this.count - 1), size);
    const to = builder().temporary();
    const base = new View(this.base, 0).asPointer;
    builder().add({ kind: "alu", op: "add", wide: true, to, left: base, right: inRegister(scaled.source) });
    return new View(to, this.offset);
  }
}

function scale(index: U32, size: number): U32 {
  return (size & (size - 1)) === 0 ? index.shiftLeft(Math.log2(size)) : index.mul(size);
}

/** A field of 32 or 64 bits that several CPUs change. */
export class AtomicPlace<P> {
  constructor(
    private readonly base: Base,
    private readonly offset: number,
    private readonly type: FieldType,
  ) {
    if (type.form.kind !== "scalar" || type.form.bits < 32 || type.form.networkOrder)
      throw new TypeError(`${type.name}: atomic operations need u32 or u64`);
  }

  /** Adds, and gives nothing back. */
  add(value: Number64): void {
    this.#atomic(Atomic.add, value);
  }
  /** Subtracts, and gives nothing back. */
  sub(value: number): void {
    this.#atomic(Atomic.add, -value);
  }
  /** Adds; what was there before. */
  fetchAdd(value: Number64): P {
    return this.#atomic(Atomic.add | Atomic.fetch, value)!;
  }
  fetchSub(value: number): P {
    return this.#atomic(Atomic.add | Atomic.fetch, -value)!;
  }
  or(value: Number64): void {
    this.#atomic(Atomic.or, value);
  }
  and(value: Number64): void {
    this.#atomic(Atomic.and, value);
  }
  exchange(value: Number64): P {
    return this.#atomic(Atomic.exchange, value)!;
  }
  /** Writes `desired` if `expected` is there; gives what was there before. */
  compareAndSwap(expected: Number64, desired: Number64): P {
    return this.#atomic(Atomic.compareExchange, desired, expected)!;
  }

  #atomic(operation: number, value: Number64, expected?: Number64): P | undefined {
    const wide = this.type.size === 8;
    const gives = (operation & Atomic.fetch) !== 0;
    const to = gives ? builder().temporary() : undefined;
    const place = reachable(this.base, this.offset);
    builder().add({
      kind: "atomic",
      operation,
      wide,
      at: place.base,
      offset: place.offset,
      value: inRegister(sourceOf(value, wide)),
      ...(to && { to }),
      ...(expected !== undefined && { expected: inRegister(sourceOf(expected, wide)) }),
    });
    return to && ((wide ? new U64(to) : new U32(to)) as P);
  }
}

function sourceOf(value: Number64, wide: boolean): Temporary | bigint {
  if (typeof value === "number" || typeof value === "bigint")
    return BigInt.asUintN(wide ? 64 : 32, BigInt(value));
  return value.source;
}

const classes = new WeakMap<StructLike, new (base: Base, offset: number) => View>();

/** The view of a struct at a place. */
export function structView<S extends Shape>(struct: Struct<S>, base: Base, offset: number): StructView<S> {
  return new (viewClass(struct))(base, offset) as StructView<S>;
}

/**
 * The struct at an address that was kept in a field of 64 bits on the stack (`new U64(view.asPointer)`): the verifier remembers
 * of stack what was stored there, and knows it for a pointer again.
 */
export function viewAt<S extends Shape>(struct: Struct<S>, address: U64): StructView<S> {
  return structView(struct, inRegister(address.source), 0);
}

function viewClass(struct: StructLike): new (base: Base, offset: number) => View {
  const existing = classes.get(struct);
  if (existing) return existing;
  const find = (name: string) => {
    const field = struct.fields.get(name);
    if (!field) throw new RangeError(`struct ${struct.name} has no field ${name}`);
    return field;
  };
  class FieldsView extends View {
    set(values: Record<string, unknown>): void {
      for (const [name, value] of Object.entries(values)) {
        const { type, offset } = find(name);
        writePlace(this.base, this.offset + offset, type, value, `${struct.name}.${name}`);
      }
    }
    atomic(name: string): AtomicPlace<unknown> {
      const { type, offset } = find(name);
      return new AtomicPlace(this.base, this.offset + offset, type);
    }
    read(type: FieldType, name: string): unknown {
      return readPlace(this.base, this.offset + find(name).offset, type);
    }
    write(type: FieldType, name: string, value: unknown): void {
      writePlace(this.base, this.offset + find(name).offset, type, value);
    }
  }
  for (const [name, { type, offset }] of struct.fields) {
    if (name in FieldsView.prototype || ["base", "offset", "asPointer", "isMissing"].includes(name))
      throw new RangeError(`struct ${struct.name}: a field can't be named ${name}`);
    Object.defineProperty(FieldsView.prototype, name, {
      get(this: View) {
        return readPlace(this.base, this.offset + offset, type, `${struct.name}.${name}`);
      },
      set(this: View, value: unknown) {
        writePlace(this.base, this.offset + offset, type, value, `${struct.name}.${name}`);
      },
    });
  }
  classes.set(struct, FieldsView);
  return FieldsView;
}

/** Reads a field: a number is loaded, anything else is a view of its place. */
function readPlace(base: Base, offset: number, type: FieldType, field?: string): unknown {
  const { form } = type;
  switch (form.kind) {
    case "scalar": {
      const value = load(base, offset, type.size as Size, field);
      if (form.bits === 64) return new U64(value);
      if (!form.networkOrder) return new U32(value);
      return form.bits === 16 ? new Be16(value) : new Be32(value);
    }
    case "bytes":
      return new Bytes(base, offset, type.size);
    case "array":
      return new ArrayView(base, offset, form.element, form.count);
    case "struct":
      return new (viewClass(form.struct))(base, offset);
    case "opaque":
      return new View(base, offset);
  }
}

/** Writes a field. */
function writePlace(base: Base, offset: number, type: FieldType, value: unknown, field?: string): void {
  const { form } = type;
  switch (form.kind) {
    case "scalar": {
      let source: Temporary | bigint;
      if (typeof value === "number" || typeof value === "bigint") {
        source = BigInt.asUintN(form.bits, BigInt(value));
        if (form.networkOrder) source = swapBits(source, form.bits);
      } else source = (value as U32).source;
      store(base, offset, type.size as Size, source, field);
      return;
    }
    case "bytes":
      new Bytes(base, offset, type.size).copy(value as Bytes | Uint8Array);
      return;
    case "struct": {
      const other = value as View;
      new Bytes(base, offset, type.size).copy(new Bytes(other.base, other.offset, type.size));
      return;
    }
    default:
      throw new TypeError(`${type.name} can't be written as a whole`);
  }
}

function load(base: Base, offset: number, size: Size, field?: string): Temporary {
  const to = builder().temporary();
  const place = reachable(base, offset);
  builder().add({ kind: "load", to, from: place.base, offset: place.offset, size, field });
  return to;
}

/** The same place with an offset that an instruction can hold: 16 bits, signed. */
function reachable(base: Base, offset: number): { base: Base; offset: number } {
  if (offset === (offset << 16) >> 16) return { base, offset };
  return { base: new View(base, offset).asPointer, offset: 0 };
}

function store(base: Base, offset: number, size: Size, value: Temporary | bigint, field?: string): void {
  // A store's immediate has 32 bits, whose sign is extended for 64.
  const source = typeof value === "bigint" ? BigInt.asUintN(size * 8, value) : value;
  const immediate = typeof source === "bigint" && size < 8 ? BigInt.asIntN(32, source) : source;
  const place = reachable(base, offset);
  builder().add({
    kind: "store",
    at: place.base,
    offset: place.offset,
    size,
    field,
    value: typeof immediate === "bigint" ? operand(BigInt.asUintN(64, immediate), true) : immediate,
  });
}

function known(bytes: Uint8Array, at: number, size: Size): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

/**
 * Cuts so many bytes into pieces of 8, 4, 2 and 1. On the stack every piece has to be aligned, and what a pointer points to
 * may be there; only packets are read at any address.
 */
function pieces(count: number, ...places: (View | Uint8Array)[]): { at: number; size: Size }[] {
  const aligned = places.filter(
    (place): place is View =>
      place instanceof View && !(place.base instanceof Temporary && place.base.inPacket),
  );
  const fits = (at: number, size: number) =>
    size <= count - at && aligned.every((place) => (place.offset + at) % size === 0);
  const found: { at: number; size: Size }[] = [];
  for (let at = 0; at < count; ) {
    const size = ([8, 4, 2, 1] as const).find((size) => fits(at, size))!;
    found.push({ at, size });
    at += size;
  }
  return found;
}
