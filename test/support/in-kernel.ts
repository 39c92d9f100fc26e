import { type TestContext, test } from "node:test";
import type { Program } from "../../src/asm/index.js";
import { type BpfMap, type BpfProgram, createMapsOf, loadWritten } from "../../src/bpf/index.js";
import { isRoot } from "../../src/sys/index.js";

/** A test that needs the kernel. */
export function inKernel(name: string, work: (t: TestContext) => void | Promise<void>): void {
  test(name, (t) => (isRoot() ? work(t) : t.skip("needs root")));
}

/** Loads a program with the maps that it declares, for as long as `work` runs. */
export async function loaded<T>(
  program: Program,
  work: (program: BpfProgram, maps: Record<string, BpfMap>) => T,
  options: { traced?: boolean } = {},
): Promise<Awaited<T>> {
  const maps = createMapsOf(program);
  try {
    const inKernel = loadWritten(program, maps, options);
    try {
      return await work(inKernel, maps);
    } finally {
      inKernel.close();
    }
  } finally {
    for (const map of Object.values(maps)) map.close();
  }
}
