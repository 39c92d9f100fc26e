/**
 * Instructions by hand, for tests of what takes any program:
 *
 *     u8 opcode | u4 dst, u4 src (low first) | i16 offset | i32 imm
 */
export function instruction(opcode: number, dst: number, src: number, offset: number, imm: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes[0] = opcode;
  bytes[1] = dst | (src << 4);
  bytes.writeInt16LE(offset, 2);
  bytes.writeInt32LE(imm, 4);
  return bytes;
}

export const move = (dst: number, imm: number) => instruction(0xb7, dst, 0, 0, imm);
export const copy = (dst: number, src: number) => instruction(0xbf, dst, src, 0, 0);
export const add = (dst: number, imm: number) => instruction(0x07, dst, 0, 0, imm);
/** dst = *(u32 *)(src + offset) */
export const load32 = (dst: number, src: number, offset: number) => instruction(0x61, dst, src, offset, 0);
/** *(u32 *)(dst + offset) = imm */
export const store32 = (dst: number, offset: number, imm: number) => instruction(0x62, dst, 0, offset, imm);
/** *(u64 *)(dst + offset) += src, atomically */
export const atomicAdd64 = (dst: number, src: number, offset: number) =>
  instruction(0xdb, dst, src, offset, 0);
/** if dst == imm, over `offset` instructions */
export const jumpIfEqual = (dst: number, imm: number, offset: number) =>
  instruction(0x15, dst, 0, offset, imm);
export const call = (helper: number) => instruction(0x85, 0, 0, 0, helper);
export const exit = instruction(0x95, 0, 0, 0, 0);
/** A 64-bit load that takes a map: two instructions. */
export const mapLoad = (dst: number) =>
  Buffer.concat([instruction(0x18, dst, 0, 0, 0), instruction(0, 0, 0, 0, 0)]);

/** Bytes of a u32. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Bytes of a u64. */
export function u64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
