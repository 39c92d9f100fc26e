export {
  functionInfoSize,
  holdsTimer,
  lineInfoSize,
  type MapBtf,
  mapBtf,
  type ProgramBtf,
  programBtf,
} from "./btf.js";
export { Condition } from "./condition.js";
export * from "./control.js";
export { describe, disassemble } from "./disassemble.js";
export { Given, type GivenNumber } from "./given.js";
export * from "./headers.js";
export {
  type Argument,
  callHelper,
  callHelper32,
  coarseNow,
  type HelperName,
  helperIds,
  now,
  processor,
  random,
} from "./helper.js";
export { decode, encode, type Instruction } from "./instruction.js";
export * from "./map.js";
export { Packet, packetProgram, tc, verdictsOf, xdp } from "./packet.js";
export type { FunctionText, Hook, Program, ProgramText } from "./program.js";
export { type Site, siteName, siteOf } from "./site.js";
export { type PlainStruct, type Shape, type Struct, struct } from "./struct.js";
export {
  callback,
  callbackAddress,
  context,
  give,
  globalSubprogram,
  type Parameter,
  type Pointer,
  pointer,
  repeat,
  type Subprogram,
  subprogram,
} from "./subprogram.js";
export { array, be16, be32, bytes, type FieldType, timer, u8, u16, u32, u64 } from "./types.js";
export {
  Be16,
  Be32,
  constant32,
  constant64,
  type Number32,
  type Number64,
  networkOrder16,
  networkOrder32,
  U32,
  U64,
} from "./value.js";
export { type Explanation, explain, withSources } from "./verifier-log.js";
export { ArrayView, type AtomicPlace, Bytes, type Inputs, type StructView, View, viewAt } from "./view.js";
