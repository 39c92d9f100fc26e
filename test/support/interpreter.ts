import type { Instruction, MapDeclaration, ProgramText } from "../../src/asm/index.js";

/**
 * Runs eBPF as RFC 9669 says, and is as strict as the verifier where a wrong register shows: a register that was never
 * written, or that a call destroyed, can't be read, nor can bytes of the stack that were never written.
 */
export interface Machine {
  /** A packet for XDP; it may be changed. */
  readonly packet: Uint8Array;
  /** The memory of arrays: all their values, one behind the other. */
  readonly maps: ReadonlyMap<MapDeclaration, Uint8Array>;
  /** What hash maps hold: values by their keys in hexadecimal. */
  readonly hashes?: ReadonlyMap<MapDeclaration, ReadonlyMap<string, Uint8Array>>;
}

interface Region {
  readonly start: bigint;
  readonly bytes: Uint8Array;
  /** Which bytes were written, where that counts. */
  readonly written?: Uint8Array;
}

const mask64 = 0xffff_ffff_ffff_ffffn;
const mask32 = 0xffff_ffffn;
const stackSize = 512;

export function interpret(text: ProgramText, machine: Machine): bigint {
  return new Interpreter(text, machine).run();
}

class Interpreter {
  readonly #regions: Region[] = [];
  readonly #mapAddresses = new Map<MapDeclaration, bigint>();
  readonly #mapAt = new Map<bigint, MapDeclaration>();
  #nextAddress = 0x1000_0000n;
  #steps = 0;

  constructor(
    private readonly text: ProgramText,
    private readonly machine: Machine,
  ) {
    for (const [map, bytes] of machine.maps) {
      this.#mapAddresses.set(map, this.#region(bytes).start);
      // The map itself is another thing than its values.
      this.#mapAt.set(this.#region(new Uint8Array(0)).start, map);
    }
    for (const map of machine.hashes?.keys() ?? [])
      this.#mapAt.set(this.#region(new Uint8Array(0)).start, map);
  }

  run(): bigint {
    const packet = this.#region(this.machine.packet);
    const context = new Uint8Array(24);
    const view = new DataView(context.buffer);
    view.setUint32(0, Number(packet.start), true);
    view.setUint32(4, Number(packet.start) + packet.bytes.length, true);
    return this.#call(0, [this.#region(context).start]);
  }

  #region(bytes: Uint8Array, written?: Uint8Array): Region {
    const region = { start: this.#nextAddress, bytes, ...(written && { written }) };
    this.#nextAddress += 0x10_0000n + BigInt(bytes.length);
    this.#regions.push(region);
    return region;
  }

  #memory(address: bigint, size: number, writes: boolean): DataView {
    const region = this.#regions.find(
      ({ start, bytes }) => address >= start && address + BigInt(size) <= start + BigInt(bytes.length),
    );
    if (!region) throw new Error(`no memory at ${address.toString(16)}, ${size} bytes`);
    const at = Number(address - region.start);
    if (region.written && at % size !== 0) throw new Error("a misaligned access to the stack");
    if (region.written && writes) region.written.fill(1, at, at + size);
    if (region.written && !writes && region.written.subarray(at, at + size).includes(0))
      throw new Error(`bytes of the stack that were never written are read at ${at - stackSize}`);
    return new DataView(region.bytes.buffer, region.bytes.byteOffset + at, size);
  }

  #load(address: bigint, size: number): bigint {
    const view = this.#memory(address, size, false);
    if (size === 8) return view.getBigUint64(0, true);
    return BigInt(
      size === 1 ? view.getUint8(0) : size === 2 ? view.getUint16(0, true) : view.getUint32(0, true),
    );
  }

  #store(address: bigint, size: number, value: bigint): void {
    const view = this.#memory(address, size, true);
    if (size === 8) view.setBigUint64(0, value & mask64, true);
    else if (size === 4) view.setUint32(0, Number(value & mask32), true);
    else if (size === 2) view.setUint16(0, Number(value & 0xffffn), true);
    else view.setUint8(0, Number(value & 0xffn));
  }

  /** Runs the function that begins at an instruction, with a stack frame and registers of its own. */
  #call(start: number, args: readonly (bigint | undefined)[]): bigint {
    const regions = this.#regions.length;
    const stack = this.#region(new Uint8Array(stackSize), new Uint8Array(stackSize));
    const registers: (bigint | undefined)[] = new Array(11).fill(undefined);
    for (const [i, value] of args.entries()) registers[i + 1] = value;
    registers[10] = stack.start + BigInt(stackSize);
    const result = this.#execute(start, registers);
    this.#regions.splice(regions);
    return result;
  }

  #execute(start: number, registers: (bigint | undefined)[]): bigint {
    const { list } = this.text;
    let at = start;
    const read = (register: number): bigint => {
      const value = registers[register];
      if (value === undefined) throw new Error(`instruction ${at} reads r${register}, which holds nothing`);
      return value;
    };
    const write = (register: number, value: bigint) => {
      if (register === 10) throw new Error(`instruction ${at} writes r10`);
      registers[register] = value & mask64;
    };
    for (;;) {
      if (this.#steps++ > 1_000_000) throw new Error("no end in sight");
      const instruction = list[at];
      if (!instruction) throw new Error(`ran out of the program at ${at}`);
      const { opcode, dst, src, offset, imm } = instruction;
      const cls = opcode & 7;
      if (cls === 4 || cls === 7) {
        write(dst, arithmetic(instruction, cls === 7, read));
      } else if (cls === 0) {
        write(dst, this.#wideImmediate(instruction, list[at + 1]!, at));
        at++;
      } else if (cls === 1) {
        write(dst, this.#load(read(src) + BigInt(offset), sizeOf(opcode)));
      } else if (cls === 2) {
        this.#store(read(dst) + BigInt(offset), sizeOf(opcode), BigInt(imm));
      } else if (cls === 3 && (opcode & 0xe0) === 0x60) {
        this.#store(read(dst) + BigInt(offset), sizeOf(opcode), read(src));
      } else if (cls === 3) {
        this.#atomic(instruction, read, write);
      } else if ((opcode & 0xf0) === 0x80) {
        const args = [1, 2, 3, 4, 5].map((i) => registers[i]);
        const result = src === 1 ? this.#call(at + 1 + imm, args) : this.#helper(imm, args);
        registers[0] = result;
        registers.fill(undefined, 1, 6);
      } else if ((opcode & 0xf0) === 0x90) {
        return read(0);
      } else if ((opcode & 0xf0) === 0x00 || holds(instruction, read)) {
        at += offset;
      }
      at++;
    }
  }

  #wideImmediate({ src, imm }: Instruction, next: Instruction, at: number): bigint {
    const map = this.text.mapReferences.find(({ instruction }) => instruction === at)?.map;
    if (src === 2) return this.#mapAddresses.get(map!)! + BigInt(next.imm);
    if (src === 1) return [...this.#mapAt].find(([, declared]) => declared === map)![0];
    if (src === 4) return BigInt(at + 1 + imm);
    return (BigInt(next.imm) << 32n) | (BigInt(imm) & mask32);
  }

  #atomic(
    { opcode, dst, src, offset, imm }: Instruction,
    read: (register: number) => bigint,
    write: (register: number, value: bigint) => void,
  ): void {
    const size = sizeOf(opcode);
    const mask = size === 8 ? mask64 : mask32;
    const address = read(dst) + BigInt(offset);
    const value = read(src) & mask;
    const old = this.#load(address, size);
    const results: Record<number, () => bigint> = {
      0: () => old + value,
      64: () => old | value,
      80: () => old & value,
      160: () => old ^ value,
      224: () => value,
      240: () => (old === (read(0) & mask) ? value : old),
    };
    this.#store(address, size, results[imm & 0xf0]!() & mask);
    if ((imm & 0xf0) === 0xf0) write(0, old);
    else if (imm & 1) write(src, old);
  }

  #findInHash(map: MapDeclaration, key: bigint): bigint {
    const bytes = Array.from({ length: map.key!.size }, (_, i) => Number(this.#load(key + BigInt(i), 1)));
    const name = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const value = this.machine.hashes?.get(map)?.get(name);
    if (!value) return 0n;
    return (this.#regions.find((region) => region.bytes === value) ?? this.#region(value)).start;
  }

  #helper(id: number, args: readonly (bigint | undefined)[]): bigint {
    const argument = (i: number): bigint => {
      const value = args[i];
      if (value === undefined) throw new Error(`helper ${id}: argument ${i + 1} holds nothing`);
      return value;
    };
    switch (id) {
      case 1: {
        const map = this.#mapAt.get(argument(0))!;
        if (map.type === "hash") return this.#findInHash(map, argument(1));
        const index = this.#load(argument(1), 4);
        if (index >= BigInt(map.maxEntries)) return 0n;
        return this.#mapAddresses.get(map)! + index * BigInt(map.value!.size);
      }
      case 181: {
        for (let i = 0n; i < argument(0); i++) {
          if (this.#call(Number(argument(1)), [i, argument(2)]) !== 0n) return i + 1n;
        }
        if (argument(3) !== 0n) throw new Error("bpf_loop takes no flags");
        return argument(0);
      }
      default:
        throw new Error(`helper ${id} is not known here`);
    }
  }
}

const sizeOf = (opcode: number) => ({ 16: 1, 8: 2, 0: 4, 24: 8 })[opcode & 0x18]!;

function arithmetic(
  { opcode, dst, src, imm }: Instruction,
  wide: boolean,
  read: (register: number) => bigint,
): bigint {
  const mask = wide ? mask64 : mask32;
  const op = opcode & 0xf0;
  if (op === 0xd0) {
    // Only "to big endian" is ever written.
    if (!(opcode & 8) || wide) throw new Error("a swap that is not to network order");
    let value = read(dst);
    let swapped = 0n;
    for (let i = 0; i < imm; i += 8, value >>= 8n) swapped = (swapped << 8n) | (value & 0xffn);
    return swapped;
  }
  const right = (opcode & 8 ? read(src) : BigInt(imm)) & mask;
  if (op === 0xb0) return right;
  const left = read(dst) & mask;
  const shift = right & (wide ? 63n : 31n);
  if (!(opcode & 8) && [0x60, 0x70, 0xc0].includes(op) && shift !== right)
    throw new Error(`a shift by ${right} is refused`);
  if (!(opcode & 8) && [0x30, 0x90].includes(op) && right === 0n)
    throw new Error("a division by zero is refused");
  const results: Record<number, () => bigint> = {
    0: () => left + right,
    16: () => left - right,
    32: () => left * right,
    48: () => (right === 0n ? 0n : left / right),
    64: () => left | right,
    80: () => left & right,
    96: () => left << shift,
    112: () => left >> shift,
    144: () => (right === 0n ? left : left % right),
    160: () => left ^ right,
  };
  return results[op]!() & mask;
}

function holds({ opcode, dst, src, imm }: Instruction, read: (register: number) => bigint): boolean {
  const bits = (opcode & 7) === 6 ? 32 : 64;
  const left = BigInt.asUintN(bits, read(dst));
  const right = BigInt.asUintN(bits, opcode & 8 ? read(src) : BigInt(imm));
  const [l, r] = [BigInt.asIntN(bits, left), BigInt.asIntN(bits, right)];
  const results: Record<number, boolean> = {
    16: left === right,
    32: left > right,
    48: left >= right,
    64: (left & right) !== 0n,
    80: left !== right,
    96: l > r,
    112: l >= r,
    160: left < right,
    176: left <= right,
    192: l < r,
    208: l <= r,
  };
  return results[opcode & 0xf0]!;
}
