/**
 * An eBPF instruction: eight bytes (RFC 9669, section 3).
 *
 *      0        1            2          4                8
 *     +--------+-----+-----+----------+----------------+
 *     | opcode | dst | src |  offset  |   immediate    |
 *     +--------+-----+-----+----------+----------------+
 *                0…3   4…7   signed     signed, little endian
 *
 * A 64-bit immediate takes two: the upper half stands in the immediate of the second, whose opcode is 0.
 */
export interface Instruction {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly offset: number;
  readonly imm: number;
}

/** The lowest three bits of an opcode. */
export const InstructionClass = {
  LD: 0,
  LDX: 1,
  ST: 2,
  STX: 3,
  ALU32: 4,
  JMP: 5,
  JMP32: 6,
  ALU64: 7,
} as const;

/** Arithmetic: the upper four bits of an ALU opcode. */
export const Alu = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
  swap: 0xd0,
} as const;
export type AluName = keyof typeof Alu;

/** Conditions: the upper four bits of a jump's opcode. */
export const Jump = {
  always: 0x00,
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  call: 0x80,
  exit: 0x90,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const;
export type Comparison = "eq" | "ne" | "gt" | "ge" | "lt" | "le" | "sgt" | "sge" | "slt" | "sle" | "set";

/** The other operand is a register (the bit named BPF_X). */
export const withRegister = 0x08;

/** Widths of loads and stores: bits 3 and 4 of the opcode. */
export const width = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;
export type Size = keyof typeof width;

/** Address modes: the upper three bits of a load's or store's opcode. */
export const Mode = { imm: 0x00, mem: 0x60, atomic: 0xc0 } as const;

/** Atomic operations stand in the immediate (RFC 9669, section 5.3). */
export const Atomic = {
  add: 0x00,
  or: 0x40,
  and: 0x50,
  xor: 0xa0,
  fetch: 0x01,
  exchange: 0xe1,
  compareExchange: 0xf1,
} as const;

/** What the source register of a 64-bit immediate says about its meaning (include/uapi/linux/bpf.h). */
export const Pseudo = { mapFd: 1, mapValue: 2, function: 4 } as const;
/** What the source register of a call says: a helper, or a function of this program. */
export const CallKind = { helper: 0, local: 1 } as const;

/** The register that points to the end of the stack frame. */
export const frame = 10;

/** Eight bytes each, little endian. */
export function encode(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(instructions.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, { opcode, dst, src, offset, imm }] of instructions.entries()) {
    const at = index * 8;
    if (offset !== (offset << 16) >> 16 || imm !== (imm | 0))
      throw new RangeError(
        `instruction ${index}: an offset of ${offset} or an immediate of ${imm} does not fit`,
      );
    view.setUint8(at, opcode);
    view.setUint8(at + 1, dst | (src << 4));
    view.setInt16(at + 2, offset, true);
    view.setInt32(at + 4, imm, true);
  }
  return bytes;
}

/** The reverse of {@link encode}. */
export function decode(bytes: Uint8Array): Instruction[] {
  if (bytes.length % 8 !== 0)
    throw new RangeError(`${bytes.length} bytes are no whole number of instructions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 8 }, (_, index) => {
    const at = index * 8;
    return {
      opcode: view.getUint8(at),
      dst: view.getUint8(at + 1) & 15,
      src: view.getUint8(at + 1) >> 4,
      offset: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    };
  });
}
