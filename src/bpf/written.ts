import { holdsTimer, type MapDeclaration, mapBtf, type Program, programBtf } from "../asm/index.js";
import { keepImage, keptImage } from "./kept-images.js";
import { type BpfMap, createMap } from "./map.js";
import type { MapSpec } from "./map-spec.js";
import { type BpfProgram, loadProgram, type ProgramImage } from "./program.js";
import { VerifierError } from "./verifier-error.js";

/** How a program written with asm becomes an image. */
export interface ImageOptions {
  /** "Dual MIT/GPL" if not given: helpers that are kept for GPL need it. */
  readonly license?: string;
  /** With the lines of TypeScript that made the instructions, which the verifier's log then shows. */
  readonly traced?: boolean;
  /** An XDP program that understands packets in several buffers. */
  readonly fragments?: boolean;
}

/** The spec of a map that a program declares. With a timer in its values it has type information. */
export function mapSpecOf(map: MapDeclaration): MapSpec {
  return {
    name: map.name,
    type: map.type,
    keySize: map.key?.size ?? 0,
    valueSize: map.value?.size ?? 0,
    maxEntries: map.maxEntries,
    flags: map.flags,
    ...(holdsTimer(map) && { btf: mapBtf(map) }),
  };
}

/** The image of a program written with asm: writes it, with its type information. */
export function imageOf(program: Program, options: ImageOptions = {}): ProgramImage {
  const text = program.write({ traced: options.traced ?? false });
  const { btf, functionInfo, lineInfo } = programBtf(text);
  return {
    name: text.name,
    kind: text.hook,
    instructions: text.instructions,
    mapReferences: text.mapReferences.map(({ instruction, map, valueOffset }) => ({
      instruction,
      map: map.name,
      ...(valueOffset !== undefined && { direct: valueOffset }),
    })),
    givenReferences: text.givenReferences.map(({ instruction, given: { name, offset, size } }) => ({
      instruction,
      name,
      offset,
      size,
    })),
    btf,
    functionInfo,
    ...(lineInfo.length > 0 && { lineInfo }),
    license: options.license ?? "Dual MIT/GPL",
    fragments: options.fragments ?? false,
  };
}

/** How a program written with asm is loaded. */
export interface LoadOptions extends ImageOptions {
  /** The bytes that it is given, by their names. */
  readonly given?: Readonly<Record<string, Uint8Array>>;
  /**
   * All that it was made of, but for the source text: JSON's values and bigints. Its image is then kept for who loads the same
   * again (see kept-images.ts), in another process, too.
   */
  readonly madeOf?: object;
}

/**
 * Loads a program written with asm, its maps by their names. If the verifier refuses it, its log names the lines of
 * TypeScript.
 */
export function loadWritten(
  program: Program,
  maps: Readonly<Record<string, BpfMap>>,
  { given = {}, madeOf, ...options }: LoadOptions = {},
): BpfProgram {
  try {
    return loadProgram(
      madeOf ? keptOrWritten(program, madeOf, options) : imageOf(program, options),
      maps,
      given,
    );
  } catch (error) {
    if (!(error instanceof VerifierError) || options.traced) throw error;
    return loadProgram(imageOf(program, { ...options, traced: true }), maps, given);
  }
}

function keptOrWritten(program: Program, madeOf: object, options: ImageOptions): ProgramImage {
  const key = { program: program.name, hook: program.hook, madeOf, options };
  const kept = keptImage(key);
  if (kept) return kept;
  const image = imageOf(program, options);
  keepImage(key, image);
  return image;
}

/** Makes the maps that a program declares, by name; none, if one can't be made. */
export function createMapsOf(program: Program): Record<string, BpfMap> {
  const maps: Record<string, BpfMap> = {};
  try {
    for (const map of program.write().maps) maps[map.name] = createMap(mapSpecOf(map));
  } catch (error) {
    for (const map of Object.values(maps)) map.close();
    throw error;
  }
  return maps;
}
