import type * as asm from "../../src/asm/index.js";
import type { MapDeclaration, Program, Shape, SharedStruct } from "../../src/asm/index.js";
import { interpret } from "./interpreter.js";

/** Runs a program on a packet in the interpreter, with its arrays empty; the verdict with all 64 bits, and what there is after. */
export function runProgram(
  program: Program,
  packet: Uint8Array = new Uint8Array(64),
): {
  verdict: bigint;
  packet: Uint8Array;
  valueOf: <S extends Shape>(map: SharedStruct<S>) => asm.PlainStruct<S>;
} {
  const text = program.write();
  const maps = new Map<MapDeclaration, Uint8Array>(
    text.maps.map((map) => [map, new Uint8Array((map.value?.size ?? 0) * map.maxEntries)]),
  );
  const after = Uint8Array.from(packet);
  const verdict = interpret(text, { packet: after, maps });
  return { verdict, packet: after, valueOf: (map) => map.value.over(maps.get(map)!) };
}
