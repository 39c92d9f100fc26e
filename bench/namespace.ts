import { spawnSync } from "node:child_process";
import { RondoError } from "../src/errors.js";

/** Set in the process that is in a network namespace of its own. */
const inside = "RONDO_BENCH_NAMESPACE";

/** Runs this program once more in a network namespace that goes with the process, and there `main`. Gives the exit status. */
export async function inOwnNamespace(main: () => number | Promise<number>): Promise<number> {
  if (process.env[inside] !== undefined) return await main();
  const words = ["--net", process.execPath, ...process.argv.slice(1)];
  const { status, error } = spawnSync("unshare", words, {
    stdio: "inherit",
    env: { ...process.env, [inside]: "1" },
  });
  if (error)
    throw new RondoError("no-unshare", "this needs the command unshare (util-linux)", { cause: error });
  return status ?? 1;
}
