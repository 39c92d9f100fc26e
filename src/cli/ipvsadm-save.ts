import { basename } from "node:path";
import { run as runIpvsadm } from "./ipvsadm.js";
import type { IpvsadmIo } from "./ipvsadm-io.js";

/**
 * Runs `ipvsadm-save [-n] [--thresholds]`: prints the rules that `ipvsadm-restore` reads; `--thresholds` is ours. Words that are
 * no options are ignored, as the real one does; any other option prints what it can do and ends with status 1.
 */
export async function run(argv: readonly string[], io: IpvsadmIo): Promise<number> {
  if (argv.some((word) => word.startsWith("-") && word !== "-n" && word !== "--thresholds")) {
    const program = basename(io.program ?? "ipvsadm-save");
    io.stderr.write(
      `${program}: Script to save the IPVS table to stdout.\n` +
        "   With the -n option, prints out the table in numeric format.\n",
    );
    return 1;
  }
  const numeric = argv.includes("-n") ? ["-n"] : [];
  const thresholds = argv.includes("--thresholds") ? ["--thresholds"] : [];
  return runIpvsadm(["-S", ...numeric, ...thresholds], { ...io, program: "ipvsadm" });
}
