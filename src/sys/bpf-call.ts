import { SystemError } from "./errno.js";
import { lastErrno, libc } from "./libc.js";

/** bpf(2) has another number on each architecture (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h). */
const numbers: Readonly<Record<string, number>> = { x64: 321, arm64: 280 };

/** bpf(2)'s commands (enum bpf_cmd, include/uapi/linux/bpf.h). */
const BpfCommand = {
  BPF_MAP_CREATE: 0,
  BPF_MAP_LOOKUP_ELEM: 1,
  BPF_MAP_UPDATE_ELEM: 2,
  BPF_MAP_DELETE_ELEM: 3,
  BPF_MAP_GET_NEXT_KEY: 4,
  BPF_PROG_LOAD: 5,
  BPF_OBJ_PIN: 6,
  BPF_OBJ_GET: 7,
  BPF_PROG_ATTACH: 8,
  BPF_PROG_DETACH: 9,
  BPF_PROG_TEST_RUN: 10,
  BPF_PROG_GET_NEXT_ID: 11,
  BPF_MAP_GET_NEXT_ID: 12,
  BPF_PROG_GET_FD_BY_ID: 13,
  BPF_MAP_GET_FD_BY_ID: 14,
  BPF_OBJ_GET_INFO_BY_FD: 15,
  BPF_PROG_QUERY: 16,
  BPF_BTF_LOAD: 18,
  BPF_BTF_GET_FD_BY_ID: 19,
  BPF_MAP_LOOKUP_AND_DELETE_ELEM: 21,
  BPF_MAP_FREEZE: 22,
  BPF_MAP_LOOKUP_BATCH: 24,
  BPF_MAP_LOOKUP_AND_DELETE_BATCH: 25,
  BPF_MAP_UPDATE_BATCH: 26,
  BPF_MAP_DELETE_BATCH: 27,
  BPF_LINK_CREATE: 28,
  BPF_LINK_UPDATE: 29,
  BPF_LINK_GET_FD_BY_ID: 30,
  BPF_LINK_GET_NEXT_ID: 31,
  BPF_LINK_DETACH: 34,
} as const;

export type BpfCommandName = keyof typeof BpfCommand;

const number = numbers[process.arch] ?? -1; // -1: every call answers ENOSYS.

/**
 * bpf(2). `attr` is union bpf_attr's beginning, as long as the command needs it; buffers whose addresses stand in it
 * must be held by the caller. The result is a descriptor or 0.
 *
 * @throws SystemError "bpf(BPF_MAP_CREATE): EPERM: …"
 */
export function bpf(command: BpfCommandName, attr: Buffer): number {
  const result = libc.syscall(number, BpfCommand[command], attr, attr.length);
  if (result < 0) throw new SystemError(`bpf(${command})`, lastErrno());
  return result;
}

/** As {@link bpf}, for calls whose failure is an answer: gives the negative errno and throws nothing. */
export function tryBpf(command: BpfCommandName, attr: Buffer): number {
  const result = libc.syscall(number, BpfCommand[command], attr, attr.length);
  return result < 0 ? -lastErrno() : result;
}
