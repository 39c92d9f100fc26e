import type { MapDeclaration } from "./map.js";
import type { FunctionText, ProgramText } from "./program.js";
import { siteOf } from "./site.js";
import type { Parameter } from "./subprogram.js";
import type { FieldType, StructLike } from "./types.js";

/*
 * BTF, the kernel's type information (Documentation/bpf/btf.rst, include/uapi/linux/btf.h). A header, then types, then
 * names; a type's number is its place in the list, from 1, and 0 is void.
 *
 *      0       2    3      4         8         12        16        20        24
 *     +-------+----+------+---------+---------+---------+---------+---------+-- - -
 *     | 0xeb9f| v1 | flags| 24      | 0       | types'  | names at| names'  | types, names
 *     |       |    |      | (header)| types at| length  |         | length  |
 *     +-------+----+------+---------+---------+---------+---------+---------+-- - -
 *
 * A type:
 *
 *      0        4                          8                12
 *     +--------+--------------------------+----------------+-- - -
 *     | name   | kind << 24 | members     | size, or type  | what the kind needs
 *     +--------+--------------------------+----------------+-- - -
 */
const magic = 0xeb9f;
const headerSize = 24;

const Kind = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,

  function: 12,
  functionProto: 13,
} as const;
/** BTF_FUNC_STATIC and BTF_FUNC_GLOBAL: the kernel takes callbacks only if they are static. */
const Linkage = { static: 0, global: 1 } as const;

/** Types and names, each once. */
class Types {
  readonly #words: number[] = [];
  readonly #names = new Map<string, number>([["", 0]]);
  #namesLength = 1;
  #count = 0;
  readonly #known = new Map<string, number>();
  readonly #structs = new Map<StructLike, number>();

  /** The offset of a string among the names. */
  text(text: string): number {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const at = this.#namesLength;
    this.#names.set(text, at);
    this.#namesLength += utf8.encode(text).length + 1;
    return at;
  }

  /** Adds a type; its number. */
  add(kind: number, name: string, members: number, sizeOrType: number, more: readonly number[] = []): number {
    const words = [this.text(name), (kind << 24) | members, sizeOrType, ...more];
    const key = words.join();
    const known = this.#known.get(key);
    if (known !== undefined && kind !== Kind.struct) return known;
    this.#words.push(...words);
    this.#known.set(key, ++this.#count);
    return this.#count;
  }

  integer(name: string, bits: number): number {
    return this.add(Kind.int, name, 0, bits / 8, [bits]);
  }

  array(element: number, count: number): number {
    return this.add(Kind.array, "", 0, 0, [element, this.integer("u32", 32), count]);
  }

  pointerTo(type: number): number {
    return this.add(Kind.pointer, "", 0, type);
  }

  struct(struct: StructLike): number {
    const known = this.#structs.get(struct);
    if (known !== undefined) return known;
    const members = [...struct.fields].flatMap(([name, { type, offset }]) => [
      this.text(identifier(name)),
      this.of(type),
      offset * 8,
    ]);
    const number = this.add(Kind.struct, identifier(struct.name), struct.fields.size, struct.size, members);
    this.#structs.set(struct, number);
    return number;
  }

  /** A struct that only its name tells of. */
  empty(name: string): number {
    const known = this.#empty.get(name);
    if (known !== undefined) return known;
    const number = this.add(Kind.struct, name, 0, 0);
    this.#empty.set(name, number);
    return number;
  }
  readonly #empty = new Map<string, number>();

  /** The type of a field. */
  of(type: FieldType): number {
    const { form } = type;
    switch (form.kind) {
      case "scalar":
        return this.integer(type.name, form.bits);
      case "bytes":
        return this.array(this.integer("u8", 8), type.size);
      case "array":
        return this.array(this.of(form.element), form.count);
      case "struct":
        return this.struct(form.struct);
      case "opaque": {
        const known = this.#opaque.get(type);
        if (known !== undefined) return known;
        // struct bpf_timer { __u64 __opaque[2]; }: the verifier knows it by its name and its size.
        const words = this.array(this.integer("u64", 64), type.size / 8);
        const number = this.add(Kind.struct, identifier(type.name), 1, type.size, [
          this.text("__opaque"),
          words,
          0,
        ]);
        this.#opaque.set(type, number);
        return number;
      }
    }
  }
  readonly #opaque = new Map<FieldType, number>();

  /** The type of a parameter or result: a number, or a pointer. */
  parameter(parameter: Parameter): number {
    if ("pointsTo" in parameter) return this.pointerTo(this.struct(parameter.pointsTo));
    if (parameter.form.kind === "opaque") return this.pointerTo(0);
    if (parameter.form.kind === "struct") return this.pointerTo(this.struct(parameter.form.struct));
    return this.of(parameter);
  }

  /** A function: `parameters` are names and types in turn. */
  function(name: string, linkage: number, result: number, parameters: readonly number[]): number {
    const proto = this.add(Kind.functionProto, "", parameters.length / 2, result, parameters);
    return this.add(Kind.function, identifier(name), linkage, proto);
  }

  get bytes(): Uint8Array {
    const typesLength = this.#words.length * 4;
    const bytes = new Uint8Array(headerSize + typesLength + this.#namesLength);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, magic, true);
    view.setUint8(2, 1);
    const header = [headerSize, 0, typesLength, typesLength, this.#namesLength];
    for (const [i, word] of header.entries()) view.setUint32(4 + i * 4, word, true);
    for (const [i, word] of this.#words.entries()) view.setUint32(headerSize + i * 4, word, true);
    for (const [text, at] of this.#names) bytes.set(utf8.encode(text), headerSize + typesLength + at);
    return bytes;
  }
}

const utf8 = new TextEncoder();

/** A name as C and the kernel take it. */
const identifier = (name: string) => name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=[0-9])/, "_");

/** The type information of a program, as BPF_BTF_LOAD and BPF_PROG_LOAD take it. */
export interface ProgramBtf {
  /** For BPF_BTF_LOAD. */
  readonly btf: Uint8Array;
  /** For BPF_PROG_LOAD's func_info: eight bytes for each function (first instruction, type). */
  readonly functionInfo: Uint8Array;
  /** For BPF_PROG_LOAD's line_info, sixteen bytes each; empty unless the text was traced. */
  readonly lineInfo: Uint8Array;
}

export const functionInfoSize = 8;
export const lineInfoSize = 16;

/**
 * Makes the type information of a program: its functions, and if it was traced the lines of TypeScript behind the
 * instructions. `sourceLine` gives a line's text for the verifier's log and bpftool; without it they show only its place.
 */
export function programBtf(
  text: ProgramText,
  sourceLine: (file: string, line: number) => string | undefined = () => undefined,
): ProgramBtf {
  const types = new Types();
  const functionInfo = text.functions.flatMap((one) => [one.start, functionType(types, text, one)]);
  const lineInfo = lines(types, text, sourceLine);
  return { btf: types.bytes, functionInfo: words(functionInfo), lineInfo: words(lineInfo) };
}

function functionType(types: Types, text: ProgramText, { name, subprogram }: FunctionText): number {
  // The verifier knows the context by the struct's name.
  const context = () => types.pointerTo(types.empty(text.hook === "xdp" ? "xdp_md" : "__sk_buff"));
  if (!subprogram) {
    const parameters = [types.text("context"), context()];
    return types.function(name, Linkage.global, types.integer("u32", 32), parameters);
  }
  const parameters = subprogram.parameters.flatMap((parameter, index) => [
    types.text(`argument${index + 1}`),
    subprogram.global && isContext(parameter) ? context() : types.parameter(parameter),
  ]);
  const result = subprogram.result ? types.parameter(subprogram.result) : types.integer("u64", 64);
  const linkage = subprogram.global ? Linkage.global : Linkage.static;
  return types.function(name, linkage, result, parameters);
}

const isContext = (parameter: Parameter) => !("pointsTo" in parameter) && parameter.form.kind === "opaque";

/**
 * Lines, each where it changes (struct bpf_line_info): the kernel wants one at every function's beginning and none on the
 * second half of a 64-bit immediate.
 *
 *      0             4           8              12                16
 *     +-------------+-----------+--------------+-----------------+
 *     | instruction | file name | line's text  | line<<10|column |
 *     +-------------+-----------+--------------+-----------------+
 */
function lines(
  types: Types,
  text: ProgramText,
  sourceLine: (file: string, line: number) => string | undefined,
): number[] {
  if (!text.origins.some((origin) => origin?.site)) return [];
  const starts = new Set(text.functions.map(({ start }) => start));
  const info: number[] = [];
  let last = "";
  for (const [index, instruction] of text.list.entries()) {
    if (instruction.opcode === 0) continue;
    const site = siteOf(text.origins[index]?.site);
    if (!site && !starts.has(index)) continue;
    const { file, line, column } = site ?? { file: text.name, line: 0, column: 0 };
    const here = `${file}:${line}`;
    if (here === last && !starts.has(index)) continue;
    last = here;
    info.push(
      index,
      types.text(file),
      types.text(sourceLine(file, line)?.trim() ?? here),
      (Math.min(line, 0x3f_ffff) << 10) | Math.min(column, 0x3ff),
    );
  }
  return info;
}

/** A map's type information, as BPF_BTF_LOAD and BPF_MAP_CREATE take it. */
export interface MapBtf {
  readonly bytes: Uint8Array;
  /** btf_key_type_id. */
  readonly keyType: number;
  /** btf_value_type_id. */
  readonly valueType: number;
}

/** The types of a map's key and value: needed for a map with a timer in its values ({@link holdsTimer}). */
export function mapBtf(map: MapDeclaration): MapBtf {
  if (!map.key || !map.value) throw new TypeError(`${map.name}: a ${map.type} has no types`);
  const types = new Types();
  const keyType = types.of(map.key);
  const valueType = types.of(map.value);
  return { bytes: types.bytes, keyType, valueType };
}

/** Whether a map's values hold a timer: then the kernel wants {@link mapBtf}, and the map can't be mapped into memory. */
export function holdsTimer(map: MapDeclaration): boolean {
  const search = ({ form }: FieldType): boolean =>
    form.kind === "opaque" ||
    (form.kind === "array" && search(form.element)) ||
    (form.kind === "struct" && [...form.struct.fields.values()].some(({ type }) => search(type)));
  return map.value !== undefined && search(map.value);
}

function words(list: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(list.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of list.entries()) view.setUint32(i * 4, word, true);
  return bytes;
}
