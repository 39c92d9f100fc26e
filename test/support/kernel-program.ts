import {
  holdsTimer,
  lineInfoSize,
  type MapDeclaration,
  mapBtf,
  type Program,
  programBtf,
} from "../../src/asm/index.js";
import { addressOf, bpf, close, tryBpf } from "../../src/sys/index.js";

/*
 * The least that the kernel must be asked to check and run a program of src/asm: by itself, so that a test of the
 * assembler does not lean on the loader that is built upon it.
 */
const mapTypes = { hash: 1, array: 2, prog_array: 3, percpu_array: 6, ring_buffer: 27 } as const;
const programTypes = { tc: 3, xdp: 6 } as const;

export interface KernelProgram {
  /** What the verifier said. */
  readonly log: string;
  readonly mapFd: (map: MapDeclaration) => number;
  /** Runs it once on a packet; what it returns, unsigned, and the packet afterwards. */
  run(packet: Uint8Array, repeat?: number): { verdict: number; packet: Uint8Array };
  close(): void;
}

/** Attributes of bpf(2): integers and addresses at places of their own. */
class Attributes {
  readonly bytes: Buffer;
  readonly #held: Uint8Array[] = [];
  constructor(size: number) {
    this.bytes = Buffer.alloc(size);
  }
  number(at: number, value: number): this {
    this.bytes.writeUInt32LE(value, at);
    return this;
  }
  memory(at: number, memory: Uint8Array): this {
    this.#held.push(memory);
    this.bytes.writeBigUInt64LE(addressOf(memory), at);
    return this;
  }
  name(at: number, name: string): this {
    this.bytes.write(name.slice(0, 15), at, "latin1");
    return this;
  }
}

function loadBtf(bytes: Uint8Array): number {
  const log = Buffer.alloc(64 * 1024);
  const attributes = new Attributes(28).memory(0, bytes).memory(8, log).number(16, bytes.length);
  const fd = tryBpf("BPF_BTF_LOAD", attributes.number(20, log.length).number(24, 1).bytes);
  if (fd < 0) throw new Error(`BTF is refused (${fd}):\n${cString(log)}`);
  return fd;
}

function createMap(map: MapDeclaration): number {
  const flags = (map.flags.noPrealloc ? 1 : 0) | (map.flags.mmapable ? 1 << 10 : 0);
  const attributes = new Attributes(72)
    .number(0, mapTypes[map.type])
    .number(4, map.key?.size ?? 0)
    .number(8, map.value?.size ?? 0)
    .number(12, map.maxEntries)
    .number(16, flags)
    .name(28, map.name);
  if (!map.key || !map.value || map.type === "prog_array") return bpf("BPF_MAP_CREATE", attributes.bytes);
  const btf = mapBtf(map);
  const btfFd = loadBtf(btf.bytes);
  try {
    attributes.number(48, btfFd).number(52, btf.keyType).number(56, btf.valueType);
    return bpf("BPF_MAP_CREATE", attributes.bytes);
  } catch (cause) {
    throw new Error(`map ${map.name}${holdsTimer(map) ? " (with a timer)" : ""} is refused`, { cause });
  } finally {
    close(btfFd);
  }
}

/** Loads a program; throws with the verifier's log if it is refused. */
export function loadIntoKernel(program: Program, { traced = false, logLevel = 1 } = {}): KernelProgram {
  const text = program.write({ traced });
  const open: number[] = [];
  const closeAll = () => {
    for (const fd of open.splice(0)) close(fd);
  };
  const keep = (fd: number) => {
    open.push(fd);
    return fd;
  };
  try {
    const maps = new Map(text.maps.map((map) => [map, keep(createMap(map))]));
    const instructions = Uint8Array.from(text.instructions);
    const view = new DataView(instructions.buffer);
    for (const { instruction, map } of text.mapReferences)
      view.setInt32(instruction * 8 + 4, maps.get(map)!, true);
    const { btf, functionInfo, lineInfo } = programBtf(text);
    const btfFd = keep(loadBtf(btf));
    const log = Buffer.alloc(4 * 1024 * 1024);
    const attributes = new Attributes(108)
      .number(0, programTypes[text.hook])
      .number(4, text.list.length)
      .memory(8, instructions)
      .memory(16, Buffer.from("Dual MIT/GPL\0"))
      .number(24, logLevel)
      .number(28, log.length)
      .memory(32, log)
      .name(48, text.name)
      .number(72, btfFd)
      .number(76, 8)
      .memory(80, functionInfo)
      .number(88, functionInfo.length / 8);
    if (lineInfo.length > 0)
      attributes
        .number(92, lineInfoSize)
        .memory(96, lineInfo)
        .number(104, lineInfo.length / lineInfoSize);
    const fd = tryBpf("BPF_PROG_LOAD", attributes.bytes);
    if (fd < 0) throw new VerifierRefusal(fd, cString(log));
    keep(fd);
    return {
      log: cString(log),
      mapFd: (map) => maps.get(map)!,
      run(packet, repeat = 1) {
        const into = Buffer.alloc(packet.length + 256);
        const test = new Attributes(80)
          .number(0, fd)
          .number(8, packet.length)
          .number(12, into.length)
          .memory(16, packet)
          .memory(24, into)
          .number(32, repeat);
        bpf("BPF_PROG_TEST_RUN", test.bytes);
        return {
          verdict: test.bytes.readUInt32LE(4),
          packet: Uint8Array.from(into.subarray(0, test.bytes.readUInt32LE(12))),
        };
      },
      close: closeAll,
    };
  } catch (error) {
    closeAll();
    throw error;
  }
}

/** The kernel did not take the program. */
export class VerifierRefusal extends Error {
  constructor(
    readonly errno: number,
    readonly log: string,
  ) {
    super(`the program is refused (${errno}):\n${log}`);
  }
}

/** Reads a map's value. */
export function lookUp(fd: number, key: Uint8Array, valueSize: number): Uint8Array {
  const value = Buffer.alloc(valueSize);
  bpf("BPF_MAP_LOOKUP_ELEM", new Attributes(32).number(0, fd).memory(8, key).memory(16, value).bytes);
  return value;
}

/** Writes a map's value. */
export function update(fd: number, key: Uint8Array, value: Uint8Array): void {
  bpf("BPF_MAP_UPDATE_ELEM", new Attributes(32).number(0, fd).memory(8, key).memory(16, value).bytes);
}

const cString = (bytes: Buffer) => bytes.toString("latin1", 0, Math.max(bytes.indexOf(0), 0));
