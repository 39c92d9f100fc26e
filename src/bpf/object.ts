import { readlinkSync, renameSync, unlinkSync } from "node:fs";
import { basename } from "node:path";
import { RondoError } from "../errors.js";
import { close, SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";

/** What a descriptor of bpf(2) can be. */
export type ObjectKind = "map" | "program" | "link";

/** The kernel's names of them, as /proc/self/fd shows: "anon_inode:bpf-map" (a link was once "bpf_link"). */
const kernelNames: Readonly<Record<ObjectKind, RegExp>> = {
  map: /bpf-map/,
  program: /bpf-prog/,
  link: /bpf[-_]link/,
};

/** Something that lives in the kernel and that this process holds by a descriptor. */
export abstract class KernelObject {
  #fd: number;

  /** @internal */
  constructor(fd: number) {
    this.#fd = fd;
  }

  get fd(): number {
    if (this.#fd < 0) throw new RondoError("closed", "this map, program or link is closed");
    return this.#fd;
  }

  /**
   * Keeps the object alive under a path on a bpffs (whose names have no dots). With `replace` it takes the place of
   * what is pinned there, at no moment of which the path is empty.
   */
  pin(path: string, options: { replace?: boolean } = {}): void {
    if (basename(path).includes("."))
      throw new RondoError("pin-name", `${path}: a name on a bpffs has no dots`);
    const at = options.replace ? `${path}-${process.pid}-new` : path;
    const result = new Attribute(16).text(0, at).u32(8, this.fd).try("BPF_OBJ_PIN");
    if (result < 0) throw new SystemError(`bpf(BPF_OBJ_PIN) at ${at}`, -result);
    if (!options.replace) return;
    try {
      renameSync(at, path);
    } catch (error) {
      unlinkSync(at);
      throw error;
    }
  }

  toString(): string {
    return `descriptor ${this.#fd}`;
  }

  /** Gives up the descriptor; the object lives on if it is pinned or in use. A second call does nothing. */
  close(): void {
    if (this.#fd < 0) return;
    close(this.#fd);
    this.#fd = -1;
  }
}

/** A descriptor of the object pinned at a path; it must be of this kind. */
export function openPin(path: string, kind: ObjectKind): number {
  const result = new Attribute(16).text(0, path).try("BPF_OBJ_GET");
  if (result < 0) throw new SystemError(`bpf(BPF_OBJ_GET) of ${path}`, -result);
  const found = readlinkSync(`/proc/self/fd/${result}`);
  if (kernelNames[kind].test(found)) return result;
  close(result);
  throw new RondoError("pin-kind", `${path} is no ${kind} but ${found.replace(/^anon_inode:/, "")}`);
}

/** The kernel's description of an object (struct bpf_map_info, bpf_prog_info, bpf_link_info). */
export function objectInfo(fd: number, size = 256): Buffer {
  const info = Buffer.alloc(size);
  const attribute = new Attribute(16).u32(0, fd).u32(4, size).pointer(8, info);
  attribute.call("BPF_OBJ_GET_INFO_BY_FD");
  return info;
}

/** A name of 16 bytes that ends with a zero. */
export function nameAt(info: Buffer, offset: number): string {
  return info.toString("latin1", offset, offset + 16).replace(/\0.*$/s, "");
}
