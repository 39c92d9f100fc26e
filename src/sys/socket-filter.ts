import { addressOf } from "./memory.js";
import { SOL_SOCKET, setOption } from "./socket.js";

const SO_ATTACH_FILTER = 26;

/** One instruction of a classic BPF program (include/uapi/linux/filter.h): code, jumps if true and false, value. */
export type FilterInstruction = readonly [code: number, whenTrue: number, whenFalse: number, value: number];

/**
 * Has the kernel keep only what a classic BPF program accepts.
 *
 *     struct sock_filter    0      2    3    4       8      struct sock_fprog    0       8         16
 *                           | code | jt | jf | value |                           | count | pointer |
 */
export function filterSocket(fd: number, program: readonly FilterInstruction[]): void {
  const instructions = Buffer.alloc(8 * program.length);
  for (const [index, [code, whenTrue, whenFalse, value]] of program.entries()) {
    instructions.writeUInt16LE(code, 8 * index);
    instructions.writeUInt8(whenTrue, 8 * index + 2);
    instructions.writeUInt8(whenFalse, 8 * index + 3);
    instructions.writeUInt32LE(value >>> 0, 8 * index + 4);
  }
  const head = Buffer.alloc(16);
  head.writeUInt16LE(program.length, 0);
  head.writeBigUInt64LE(addressOf(instructions), 8);
  setOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, head); // The kernel copies it before this returns.
}
