import type { MapSpec, MapType, ProgramImage } from "../src/bpf/index.js";

/** What clang wrote: programs by their names, and the maps that they refer to. */
export interface ObjectFile {
  readonly programs: ReadonlyMap<string, ProgramImage>;
  readonly maps: readonly MapSpec[];
}

const relocation = { type: 9, size: 16 };
const symbolSize = 24;
const mapTypes: Readonly<Record<number, MapType>> = { 1: "hash", 2: "array", 6: "percpu_array" };
const BPF_F_MMAPABLE = 1 << 10;

/**
 * Reads an ELF file for eBPF (man 5 elf), as far as floor.bpf.c needs it: each section "xdp/NAME" is a program; each symbol
 * in the section "maps" is a map, whose five words there are its type, sizes of key and value, entries and flags; every
 * relocation is a 64-bit load that takes the map its symbol names.
 *
 *     file      u8 ident[16] … u64 section table at 40 … u16 sections at 60 | u16 index of the section of names at 62
 *     section   u32 name | u32 type | … | u64 offset at 24 | u64 size at 32 | u32 link at 40 | u32 info at 44; 64 bytes
 *     symbol    u32 name | u8 info | u8 other | u16 section | u64 value | u64 size
 *     relocation u64 offset | u32 type | u32 symbol
 */
export function readObjectFile(file: Buffer): ObjectFile {
  const sections = readSections(file);
  const byName = new Map(sections.map((section) => [section.name, section]));
  const symbolTable = byName.get(".symtab")!;
  const names = sections[symbolTable.link]!.bytes;
  const symbol = (index: number) => {
    const at = index * symbolSize;
    const { bytes } = symbolTable;
    return {
      name: text(names, bytes.readUInt32LE(at)),
      section: sections[bytes.readUInt16LE(at + 6)]?.name,
      value: Number(bytes.readBigUInt64LE(at + 8)),
    };
  };

  const maps: MapSpec[] = [];
  const definitions = byName.get("maps")?.bytes;
  for (let i = 0; i < symbolTable.bytes.length / symbolSize; i++) {
    const { name, section, value } = symbol(i);
    if (definitions && section === "maps" && name !== "") maps.push(mapAt(definitions, value, name));
  }

  const programs = new Map<string, ProgramImage>();
  for (const [index, section] of sections.entries()) {
    if (!section.name.startsWith("xdp/")) continue;
    const relocations = sections.find(({ type, info }) => type === relocation.type && info === index)?.bytes;
    const mapReferences = Array.from({ length: (relocations?.length ?? 0) / relocation.size }, (_, i) => ({
      instruction: Number(relocations!.readBigUInt64LE(i * relocation.size)) / 8,
      map: symbol(relocations!.readUInt32LE(i * relocation.size + 12)).name,
    }));
    const name = section.name.slice("xdp/".length);
    programs.set(name, {
      name,
      kind: "xdp",
      instructions: section.bytes,
      mapReferences,
      license: "Dual MIT/GPL",
    });
  }
  return { programs, maps };
}

function mapAt(definitions: Buffer, at: number, name: string): MapSpec {
  const [type, keySize, valueSize, maxEntries, flags] = [0, 4, 8, 12, 16].map((offset) =>
    definitions.readUInt32LE(at + offset),
  ) as [number, number, number, number, number];
  const known = mapTypes[type];
  if (!known) throw new RangeError(`map ${name} is of type ${type}, which is not read here`);
  const mmapable = (flags & BPF_F_MMAPABLE) !== 0;
  return { name, type: known, keySize, valueSize, maxEntries, flags: { mmapable } };
}

function readSections(file: Buffer) {
  const table = Number(file.readBigUInt64LE(40));
  const sections = Array.from({ length: file.readUInt16LE(60) }, (_, i) => {
    const at = table + i * 64;
    const offset = Number(file.readBigUInt64LE(at + 24));
    const size = Number(file.readBigUInt64LE(at + 32));
    return {
      nameAt: file.readUInt32LE(at),
      type: file.readUInt32LE(at + 4),
      link: file.readUInt32LE(at + 40),
      info: file.readUInt32LE(at + 44),
      bytes: file.subarray(offset, offset + size),
    };
  });
  const names = sections[file.readUInt16LE(62)]!.bytes;
  return sections.map((section) => ({ ...section, name: text(names, section.nameAt) }));
}

const text = (bytes: Buffer, at: number): string => bytes.toString("latin1", at, bytes.indexOf(0, at));
