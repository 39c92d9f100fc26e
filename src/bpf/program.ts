import { RondoError } from "../errors.js";
import { close, Errno, SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import { loadBtf } from "./btf.js";
import type { BpfMap } from "./map.js";
import { KernelObject, nameAt, objectInfo, openPin } from "./object.js";
import { VerifierError } from "./verifier-error.js";

/** A program as bytes, before the kernel has it: pure, and the same for the same source. */
export interface ProgramImage {
  readonly name: string;
  /** Where it can be attached. */
  readonly kind: "xdp" | "tc";
  /** Eight bytes each. */
  readonly instructions: Uint8Array;
  /** The instructions (64-bit loads) that take a map: the map itself, or with `direct` the address at that offset of its value. */
  readonly mapReferences: readonly {
    readonly instruction: number;
    readonly map: string;
    readonly direct?: number;
  }[];
  /** The instructions (64-bit loads) that take so many bytes of what is given under a name, as a little-endian number. */
  readonly givenReferences?: readonly {
    readonly instruction: number;
    readonly name: string;
    readonly offset: number;
    readonly size: number;
  }[];
  readonly btf?: Uint8Array;
  /** struct bpf_func_info records: u32 instruction, u32 type. Needed with callbacks. */
  readonly functionInfo?: Uint8Array;
  /** struct bpf_line_info records: u32 instruction, u32 file, u32 line's text, u32 line << 10 | column. */
  readonly lineInfo?: Uint8Array;
  readonly license: string;
  /** An XDP program that understands packets in several buffers: needed where the MTU is over about 3500. */
  readonly fragments?: boolean;
}

const programTypes = { tc: 3, xdp: 6 } as const;
const BPF_XDP = 37;
const BPF_F_XDP_HAS_FRAGS = 1 << 5;
const BPF_PSEUDO_MAP_FD = 1;
const BPF_PSEUDO_MAP_VALUE = 2;
const BPF_LD_IMM64 = 0x18;

const firstLogSize = 1 << 20;
const largestLogSize = 1 << 28;

/** A program in the kernel. */
export class BpfProgram extends KernelObject {
  /** What the kernel knows about it. */
  info(): ProgramInfo {
    const info = objectInfo(this.fd);
    return {
      id: info.readUInt32LE(4),
      tag: info.toString("hex", 8, 16),
      jitedLength: info.readUInt32LE(16),
      xlatedLength: info.readUInt32LE(20),
      verifiedInstructions: info.readUInt32LE(216),
      name: nameAt(info, 64),
    };
  }
}

/** Lengths in bytes: after the verifier (xlated) and as machine code (jited; 0 without JIT). */
export interface ProgramInfo {
  readonly id: number;
  /** A hash of its instructions: the same program has the same. */
  readonly tag: string;
  readonly name: string;
  readonly jitedLength: number;
  readonly xlatedLength: number;
  /** How many instructions the verifier has walked through, of a million that it allows (0 before Linux 5.16). */
  readonly verifiedInstructions: number;
}

/**
 * Loads a program, with its map references bound to these maps (the image's names → maps), and with what it is given.
 *
 * @throws VerifierError with the whole log, SystemError if the kernel said nothing,
 *   RondoError "missing-map", "missing-bytes" or "bad-reference"
 */
export function loadProgram(
  image: ProgramImage,
  maps: Readonly<Record<string, BpfMap>> = {},
  given: Readonly<Record<string, Uint8Array>> = {},
): BpfProgram {
  const instructions = bindMaps(image, maps);
  bindGiven(image, instructions, given);
  const btf = image.btf && loadBtf(image.btf);
  try {
    const attribute = loadAttribute(image, instructions, btf ?? 0);
    const result = load(attribute);
    return new BpfProgram(result >= 0 ? result : explain(image, attribute, result));
  } finally {
    if (btf !== undefined) close(btf); // The program holds it by itself.
  }
}

/** The program pinned at a path. */
export function openPinnedProgram(path: string): BpfProgram {
  return new BpfProgram(openPin(path, "program"));
}

/**
 * A reference is a 64-bit load of two instructions (Documentation/bpf/standardization/instruction-set.rst):
 *
 *     opcode 0x18 | dst, src | offset | imm = map's descriptor
 *     0           | 0        | 0      | imm = offset into the value, if src is BPF_PSEUDO_MAP_VALUE
 */
function bindMaps(image: ProgramImage, maps: Readonly<Record<string, BpfMap>>): Buffer {
  const bytes = Buffer.from(image.instructions);
  for (const { instruction, map: name, direct } of image.mapReferences) {
    const map = maps[name];
    if (!map) throw new RondoError("missing-map", `program "${image.name}" needs a map "${name}"`);
    const at = wideLoad(image, bytes, instruction, "map");
    const source = direct === undefined ? BPF_PSEUDO_MAP_FD : BPF_PSEUDO_MAP_VALUE;
    bytes[at + 1] = (bytes[at + 1]! & 0x0f) | (source << 4);
    bytes.writeInt32LE(map.fd, at + 4);
    bytes.writeUInt32LE(direct ?? 0, at + 12);
  }
  return bytes;
}

/** The number's lower half is the first instruction's immediate, its upper half the second's. */
function bindGiven(image: ProgramImage, bytes: Buffer, given: Readonly<Record<string, Uint8Array>>): void {
  for (const { instruction, name, offset, size } of image.givenReferences ?? []) {
    const value = given[name];
    if (!value || offset + size > value.length)
      throw new RondoError("missing-bytes", `program "${image.name}" needs ${offset + size} bytes "${name}"`);
    const at = wideLoad(image, bytes, instruction, "number");
    const number = Buffer.alloc(8);
    number.set(value.subarray(offset, offset + size));
    number.copy(bytes, at + 4, 0, 4);
    number.copy(bytes, at + 12, 4, 8);
  }
}

/** Where such an instruction stands. */
function wideLoad({ name }: ProgramImage, bytes: Buffer, instruction: number, what: string): number {
  const at = instruction * 8;
  if (bytes[at] !== BPF_LD_IMM64 || at + 16 > bytes.length)
    throw new RondoError("bad-reference", `program "${name}": instruction ${instruction} takes no ${what}`);
  return at;
}

/** The offsets are those of BPF_PROG_LOAD's part of union bpf_attr (include/uapi/linux/bpf.h). */
function loadAttribute(image: ProgramImage, instructions: Buffer, btf: number): Attribute {
  const attribute = new Attribute(112)
    .u32(0, programTypes[image.kind])
    .u32(4, instructions.length / 8)
    .pointer(8, instructions)
    .text(16, image.license)
    .u32(44, image.fragments ? BPF_F_XDP_HAS_FRAGS : 0)
    .name(48, image.name)
    .u32(68, image.kind === "xdp" ? BPF_XDP : 0);
  if (btf > 0) {
    attribute.u32(72, btf);
    if (image.functionInfo) records(attribute, 76, 80, 88, image.functionInfo, 8);
    if (image.lineInfo) records(attribute, 92, 96, 104, image.lineInfo, 16);
  }
  return attribute;
}

function records(
  to: Attribute,
  sizeAt: number,
  at: number,
  countAt: number,
  bytes: Uint8Array,
  size: number,
) {
  to.u32(sizeAt, size)
    .pointer(at, bytes)
    .u32(countAt, bytes.length / size);
}

/** EAGAIN: a signal came while the verifier worked. It is as often tried again as libbpf does it. */
function load(attribute: Attribute): number {
  let result = 0;
  for (let attempt = 0; attempt < 5; attempt++) {
    result = attribute.try("BPF_PROG_LOAD");
    if (result !== -Errno["EAGAIN"]!) break;
  }
  return result;
}

/** Loads once more for the verifier's log, in a buffer that grows until it holds all. Gives a descriptor if that works. */
function explain(image: ProgramImage, attribute: Attribute, failure: number): number {
  for (let size = firstLogSize; size <= largestLogSize; size *= 4) {
    const log = Buffer.alloc(size);
    const result = load(attribute.u32(24, 1).u32(28, size).pointer(32, log));
    if (result >= 0) return result;
    if (result === -Errno["ENOSPC"]! && size * 4 <= largestLogSize) continue;
    const text = log.toString("utf8", 0, Math.max(log.indexOf(0), 0));
    if (text.trim() === "") break;
    throw new VerifierError(`program "${image.name}"`, text, -failure);
  }
  throw new SystemError(`bpf(BPF_PROG_LOAD) of program "${image.name}"`, -failure);
}
