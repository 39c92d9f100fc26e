import { libc } from "./libc.js";

/** membarrier(2), by architecture (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h). */
const numbers: Readonly<Record<string, number>> = { x64: 324, arm64: 283 };
/** MEMBARRIER_CMD_GLOBAL (include/uapi/linux/membarrier.h): returns after a grace period of RCU. */
const global = 1;
/** Kernels with CPUs that are kept free of ticks refuse it: no packet is looked at for so long (milliseconds). */
const longEnough = 1000;

/**
 * Returns when all packets that programs look at now have been looked at to their end: programs run within RCU's read side,
 * and this waits until every CPU has left it once.
 */
export function awaitRunningPrograms(): void {
  const number = numbers[process.arch];
  if (number !== undefined && libc.syscall(number, global, null, 0) === 0) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, longEnough);
}
