import { hasFeature, loadWritten, possibleCpus, testRun } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import type { KnownTable } from "./state.js";
import { sweeper } from "./sweeper.js";

/** Starts the sweeper, or puts one that knows of another table in the place of the one that runs. */
export function startSweeper({ shape, maps }: KnownTable): void {
  const cpus = hasFeature("percpu-lookup") ? possibleCpus() : 0;
  const program = loadWritten(sweeper(shape, cpus), maps, { madeOf: { shape, cpus } });
  try {
    if (testRun(program, { packet: new Uint8Array(64) }).verdict !== 0)
      throw new RondoError(
        "no-timer",
        "the kernel did not start the timer that takes expired connections out",
      );
  } finally {
    program.close();
  }
}
