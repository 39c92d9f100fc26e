import { constants } from "node:buffer";
import { ftruncateSync } from "node:fs";
import { RondoError } from "../errors.js";
import { SystemError } from "./errno.js";
import { foreign } from "./foreign.js";
import { checked, lastErrno, libc } from "./libc.js";

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const anywhere = 0;
/** mmap's failure is (void *) -1, not null. */
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** The size of a page in bytes: mapped lengths and offsets are multiples of it. */
export function pageSize(): number {
  const SC_PAGESIZE = 30;
  pageBytes ??= libc.sysconf(SC_PAGESIZE) as number;
  return pageBytes;
}

let pageBytes: number | undefined;

/** `length` rounded up to whole pages. */
function roundToPages(length: number): number {
  return Math.ceil(length / pageSize()) * pageSize();
}

/**
 * A file's or map's memory, mapped and shared. {@link bytes} is the mapping itself, not a copy: what others write is
 * seen there.
 */
export class MappedMemory {
  readonly length: number;
  #address: number | bigint;
  #bytes: Buffer | undefined;

  /** @internal Use {@link mapMemory}. */
  constructor(address: number | bigint, length: number) {
    this.#address = address;
    this.length = length;
    const view = foreign().view(address, length);
    this.#bytes = Buffer.from(view);
    addressSpace.register(view, { address, length });
  }

  /** The mapping's bytes. Writing where `write` was not asked for ends the process (SIGSEGV). Throws after {@link unmap}. */
  get bytes(): Buffer {
    if (!this.#bytes)
      throw new RondoError("unmapped", "this memory is not mapped any more: unmap() was called");
    return this.#bytes;
  }

  /**
   * Gives the mapping back; a second call does nothing. A Buffer that somebody kept reads as zeroes from then on: an
   * empty private mapping stands at the address until the garbage collector has taken the last of them.
   */
  unmap(): void {
    if (!this.#bytes) return;
    this.#bytes = undefined;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    const result = libc.mmap(this.#address, this.length, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (result === MAP_FAILED) throw new SystemError("mmap", lastErrno());
  }
}

/** Gives back what is mapped at an address when nothing can reach it any more. */
const addressSpace = new FinalizationRegistry<{ address: number | bigint; length: number }>(
  ({ address, length }) => libc.munmap(address, length),
);

/**
 * Maps `length` bytes (rounded up to pages) of `fd` from `offset` on (a multiple of {@link pageSize}), shared.
 * Throws SystemError; a length that no Buffer can have is refused.
 */
export function mapMemory(
  fd: number,
  length: number,
  options: { write?: boolean; offset?: number } = {},
): MappedMemory {
  const size = roundToPages(length);
  if (!(size > 0 && size <= constants.MAX_LENGTH))
    throw new RondoError(
      "mapping-size",
      `cannot map ${length} bytes: a Buffer has 1 to ${constants.MAX_LENGTH} bytes`,
    );
  const protection = options.write ? PROT_READ | PROT_WRITE : PROT_READ;
  const address = libc.mmap(anywhere, size, protection, MAP_SHARED, fd, options.offset ?? 0);
  if (address === MAP_FAILED) throw new SystemError("mmap", lastErrno());
  return new MappedMemory(address, size);
}

/** A file of zeroes that is only in memory, for processes to map; its descriptor. `name` shows in /proc/PID/maps. */
export function memoryFile(name: string, length: number): number {
  const MFD_CLOEXEC = 1;
  const fd = checked("memfd_create", libc.memfdCreate(name, MFD_CLOEXEC));
  ftruncateSync(fd, length);
  return fd;
}

/**
 * Where a Buffer's first byte is. The address keeps nothing alive: hold the Buffer in a field for as long as the kernel
 * may use the address.
 */
export function addressOf(buffer: Uint8Array): bigint {
  return buffer.length === 0 ? 0n : foreign().address(buffer);
}
