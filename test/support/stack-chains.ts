import type { ProgramText } from "../../src/asm/index.js";

/** Each frame counts as a multiple of so many bytes, and at least so many (Linux 6.1; since 6.7, with the JIT, 16). */
const frameUnit = 32;
const opcodes = { call: 0x85, load64: 0x18 } as const;
const pseudo = { call: 1, function: 4 } as const;

/**
 * The deepest chain of calls of a program as the verifier counts it (kernel/bpf/verifier.c, check_max_stack_depth): all
 * functions, whether global or not, and callbacks. It refuses more than 512 bytes.
 */
export function deepestChain(text: ProgramText): { bytes: number; chain: string } {
  const { functions, list } = text;
  const functionAt = (instruction: number) => functions.findLastIndex(({ start }) => start <= instruction);
  const called = functions.map(() => new Set<number>());
  for (const [at, { opcode, src, imm }] of list.entries())
    if (
      (opcode === opcodes.call && src === pseudo.call) ||
      (opcode === opcodes.load64 && src === pseudo.function)
    )
      called[functionAt(at)]!.add(functionAt(at + imm + 1));
  const known = new Map<number, { bytes: number; chain: string }>();
  const deepest = (index: number): { bytes: number; chain: string } => {
    const before = known.get(index);
    if (before) return before;
    const { name, stack } = functions[index]!;
    const found = {
      bytes: Math.max(1, Math.ceil(stack / frameUnit)) * frameUnit,
      chain: `${name}(${stack})`,
    };
    const below = [...called[index]!].map(deepest).sort((a, b) => b.bytes - a.bytes)[0];
    if (below) {
      found.bytes += below.bytes;
      found.chain += ` > ${below.chain}`;
    }
    known.set(index, found);
    return found;
  };
  return deepest(0);
}
