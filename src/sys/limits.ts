import { checked, libc } from "./libc.js";

/** RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_CORE, RLIMIT_FSIZE (include/uapi/asm-generic/resource.h). */
const resources = { files: 7, memory: 9, core: 4, fileSize: 1 } as const;

export type Resource = keyof typeof resources;

export interface ResourceLimit {
  /** Infinity where there is none. */
  readonly soft: number;
  readonly hard: number;
}

const infinity = 0xffff_ffff_ffff_ffffn;

/** A limit of this process. struct rlimit: soft and hard, 64 bits each. */
export function resourceLimit(resource: Resource): ResourceLimit {
  const bytes = Buffer.alloc(16);
  checked(`getrlimit(${resource})`, libc.getrlimit(resources[resource], bytes));
  const value = (at: number) => {
    const read = bytes.readBigUInt64LE(at);
    return read === infinity ? Number.POSITIVE_INFINITY : Number(read);
  };
  return { soft: value(0), hard: value(8) };
}

/** @throws SystemError EPERM where the hard limit would rise and the process may not */
export function setResourceLimit(resource: Resource, limit: ResourceLimit): void {
  const bytes = Buffer.alloc(16);
  const write = (value: number, at: number) =>
    bytes.writeBigUInt64LE(Number.isFinite(value) ? BigInt(Math.floor(value)) : infinity, at);
  write(limit.soft, 0);
  write(limit.hard, 8);
  checked(`setrlimit(${resource})`, libc.setrlimit(resources[resource], bytes));
}

/** Makes a folder the root of this process's files (all threads'), and goes there. */
export function changeRoot(folder: string): void {
  checked(`chroot(${folder})`, libc.chroot(folder));
  checked("chdir(/)", libc.chdir("/"));
}

/** Whether the process leaves a core file, also after it gave up its user (PR_SET_DUMPABLE). */
export function setDumpable(on: boolean): void {
  const PR_SET_DUMPABLE = 4;
  checked("prctl(PR_SET_DUMPABLE)", libc.prctl(PR_SET_DUMPABLE, on ? 1 : 0, 0, 0, 0));
}
