import { checked, libc } from "./libc.js";

export const MS_BIND = 0x1000;
export const MS_REC = 0x4000;
export const MS_SLAVE = 0x8_0000;
export const MS_SHARED = 0x10_0000;
export const MNT_DETACH = 2;

/** mount(2). `target` must lie in the calling thread's own mount namespace. */
export function mount(source: string, target: string, type: string, flags = 0, data?: string): void {
  checked(`mount(${target})`, libc.mount(source, target, type, flags, data ?? null));
}

/** umount2(2). */
export function unmount(target: string, flags = 0): void {
  checked(`umount(${target})`, libc.umount2(target, flags));
}

/** The magic number (f_type) of the file system that `path` lies on, as in include/uapi/linux/magic.h. */
export function mountedType(path: string): number {
  const result = Buffer.alloc(256);
  checked(`statfs(${path})`, libc.statfs(path, result));
  return result.readUInt32LE(0);
}
