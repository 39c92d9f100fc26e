import { explainMissing } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";

/** Throws a clear sentence if this kernel, or this user, can't have a director. */
export function requireKernel(): void {
  const missing = explainMissing("maps", "mmapable-arrays", "xdp", "tc", "coarse-clock", "timers", "loops");
  if (missing)
    throw new RondoError(
      "no-bpf",
      `the director ${missing}`,
      missing.startsWith("needs root") ? { remedy: "Run it as root." } : {},
    );
}
