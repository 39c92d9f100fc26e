import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { checked, libc } from "./libc.js";

const SCHED_OTHER = 0;
const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;
const RLIMIT_RTTIME = 15;
const MCL_CURRENT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;

/** How this process's main thread is scheduled. */
export interface Scheduling {
  /** Nice value, -20 … 19. */
  readonly nice?: number;
  /** SCHED_RR priority, 1 … 99. */
  readonly realtime?: number;
  /** Microseconds of CPU at a stretch that a real-time thread may take (RLIMIT_RTTIME). */
  readonly realtimeLimit?: number;
  /** CPUs it may run on. */
  readonly cpus?: readonly number[];
  /** Pages stay in memory once they are there. */
  readonly lockMemory?: boolean;
}

/** Sets it for the calling thread; what it starts has the usual scheduling again. Gives a sentence for each refusal. */
export function setScheduling({ nice, realtime, realtimeLimit, cpus, lockMemory }: Scheduling): string[] {
  const refused: string[] = [];
  const attempt = (what: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      refused.push(`${what}: ${(error as Error).message}`);
    }
  };
  if (nice !== undefined) attempt(`priority ${nice}`, () => setPriority(nice));
  if (realtimeLimit !== undefined)
    attempt(`the limit of real time ${realtimeLimit}`, () => {
      // struct rlimit: soft and hard limit, 64 bits each.
      const limit = Buffer.alloc(16);
      limit.writeBigUInt64LE(BigInt(realtimeLimit), 0);
      limit.writeBigUInt64LE(BigInt(realtimeLimit), 8);
      checked("setrlimit(RLIMIT_RTTIME)", libc.setrlimit(RLIMIT_RTTIME, limit));
    });
  if (realtime !== undefined || nice !== undefined)
    attempt(realtime === undefined ? "scheduling" : `real-time priority ${realtime}`, () => {
      const parameter = Buffer.alloc(4);
      parameter.writeInt32LE(realtime ?? 0);
      const policy = (realtime === undefined ? SCHED_OTHER : SCHED_RR) | SCHED_RESET_ON_FORK;
      checked("sched_setscheduler", libc.schedSetScheduler(0, policy, parameter));
    });
  if (cpus !== undefined && cpus.length > 0)
    attempt(`CPUs ${cpus.join(", ")}`, () => {
      setCpus(0, cpus);
    });
  if (lockMemory === true)
    attempt("no_swap", () => {
      checked("mlockall", libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT));
    });
  return refused;
}

/** Has all threads of this process run on these CPUs only, and those that they start. @throws SystemError EINVAL where there is none of them */
export function setProcessCpus(cpus: readonly number[]): void {
  for (const thread of readdirSync("/proc/self/task")) setCpus(Number(thread), cpus);
}

/** @param thread 0: the calling one */
function setCpus(thread: number, cpus: readonly number[]): void {
  const mask = Buffer.alloc(128);
  for (const cpu of cpus) if (cpu < 8 * mask.length) mask[cpu >> 3]! |= 1 << (cpu & 7);
  checked("sched_setaffinity", libc.schedSetAffinity(thread, mask.length, mask));
}
