import fc from "fast-check";
import type { ProgramText } from "../../src/asm/index.js";
import { evaluate, type Memory, TooLong } from "./evaluated-program.js";
import { Cell, randomProgram, tableSize } from "./random-program.js";
import { type WrittenProgram, written } from "./written-program.js";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const memory: fc.Arbitrary<Memory> = fc.record({
  packet: bytes(Cell.size),
  shared: bytes(Cell.size),
  table: bytes(Cell.size * tableSize),
});

export const copyOf = ({ packet, shared, table }: Memory): Memory => ({
  packet: Uint8Array.from(packet),
  shared: Uint8Array.from(shared),
  table: Uint8Array.from(table),
});

/** A random program, written, and what it must do. */
export interface Case extends WrittenProgram {
  readonly text: ProgramText;
  readonly before: Memory;
  readonly after: Memory;
  readonly verdict: number;
}

/** So many random programs for `check`, without those that run too long or need more stack than there is. */
export function forRandomPrograms(runs: number, check: (random: Case) => void): void {
  let left = 0;
  fc.assert(
    fc.property(randomProgram, memory, (random, before) => {
      const after = copyOf(before);
      try {
        const verdict = Number(evaluate(random, after));
        const program = written(random);
        check({ ...program, text: program.program.write(), before, after, verdict });
      } catch (error) {
        if (!(error instanceof TooLong) && !/needs \d+ bytes of stack/.test(String(error))) throw error;
        left++;
      }
    }),
    { numRuns: runs },
  );
  if (left > runs / 10) throw new Error(`${left} of ${runs} programs were left out`);
}
