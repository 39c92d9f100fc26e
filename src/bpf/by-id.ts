import { Attribute } from "./attribute.js";
import { BpfMap } from "./map.js";
import { objectInfo } from "./object.js";
import { BpfProgram } from "./program.js";

/**
 * Where struct bpf_prog_info (include/uapi/linux/bpf.h) tells of a program's maps; the kernel writes their numbers to
 * the address that it is given, as many as there is room for:
 *
 *     52: u32 count of maps    56: u64 address of their numbers, u32 each
 */
const mapCountAt = 52;
const mapNumbersAt = 56;
const mostMaps = 64;

/** The program that has this number. @throws SystemError ENOENT if there is none (any more). */
export function openProgramById(id: number): BpfProgram {
  return new BpfProgram(new Attribute(12).u32(0, id).call("BPF_PROG_GET_FD_BY_ID"));
}

/** The maps that a program uses. Close them after use. */
export function mapsOf(program: BpfProgram): BpfMap[] {
  const count = objectInfo(program.fd).readUInt32LE(mapCountAt);
  const numbers = Buffer.alloc(4 * mostMaps);
  const info = Buffer.alloc(256);
  info.writeUInt32LE(Math.min(count, mostMaps), mapCountAt);
  const pointed = new Attribute(256).pointer(mapNumbersAt, numbers);
  pointed.bytes.copy(info, mapNumbersAt, mapNumbersAt, mapNumbersAt + 8);
  const attribute = new Attribute(16).u32(0, program.fd).u32(4, info.length).pointer(8, info);
  attribute.call("BPF_OBJ_GET_INFO_BY_FD");
  const found = info.readUInt32LE(mapCountAt);
  return Array.from({ length: Math.min(found, mostMaps) }, (_, i) => {
    const id = numbers.readUInt32LE(4 * i);
    return new BpfMap(new Attribute(12).u32(0, id).call("BPF_MAP_GET_FD_BY_ID"));
  });
}
