import assert from "node:assert/strict";
import { type BpfMap, createMapsOf, loadWritten, testRun, VerifierError } from "../../src/bpf/index.js";
import { inKernel } from "../support/in-kernel.js";
import { type Case, forRandomPrograms } from "../support/random-case.js";
import { Cell, tableSize } from "../support/random-program.js";

const runs = Number(process.env["RONDO_RANDOM_RUNS"] ?? 150);
const key = (index: number) => Uint8Array.of(index, 0, 0, 0);

/** The verifier walks every way through every call: above so many instructions it takes seconds, or gives up. */
const largest = 450;
/** Of valid programs, the verifier gives up those that have too many ways, or too much stack over all calls. */
const tooMuch =
  /BPF program is too large|too many states|combined stack size|The sequence of \d+ jumps is too complex/;

inKernel("the kernel gives what random programs mean, in all memory and in their verdicts", () => {
  let left = 0;
  forRandomPrograms(runs, (random) => {
    if (random.text.list.length > largest) return void left++;
    const maps = createMapsOf(random.program);
    try {
      inMaps(random, maps);
    } catch (error) {
      if (!(error instanceof VerifierError && tooMuch.test(error.log))) throw error;
      left++;
    } finally {
      for (const map of Object.values(maps)) map.close();
    }
  });
  assert.ok(left <= runs / 3, `${left} of ${runs} programs were too much for the verifier`);
});

function inMaps({ program, before, after, verdict }: Case, maps: Record<string, BpfMap>): void {
  const { shared, table } = maps;
  shared?.update(key(0), before.shared);
  for (let i = 0; table && i < tableSize; i++)
    table.update(key(i), before.table.subarray(i * Cell.size, (i + 1) * Cell.size));
  const inKernel = loadWritten(program, maps);
  try {
    const result = testRun(inKernel, { packet: before.packet });
    assert.equal(result.verdict, verdict);
    assert.deepEqual(Uint8Array.from(result.packet), after.packet);
  } finally {
    inKernel.close();
  }
  if (shared) assert.deepEqual(Uint8Array.from(shared.lookup(key(0))!), after.shared);
  for (let i = 0; table && i < tableSize; i++)
    assert.deepEqual(
      Uint8Array.from(table.lookup(key(i))!),
      after.table.subarray(i * Cell.size, (i + 1) * Cell.size),
    );
}
