import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageRoot } from "./package-root.js";

/** Where packet programs come from. */
const sources = ["asm", "bpf", "dataplane", "ipvs", "lab/faults", "wire"];

let known: string | undefined;

/**
 * Names the code that is running, as far as it writes packet programs: two processes with the same one write the same. In a
 * bundle its parts are named after their content, so their names are enough.
 */
export function codeVersion(): string {
  known ??= version();
  return known;
}

function version(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const hash = createHash("sha256");
  const bundle = join(packageRoot, "dist/bundle");
  if (here.startsWith(bundle)) {
    for (const name of readdirSync(bundle).sort()) hash.update(`${name}\n`);
    return hash.digest("hex");
  }
  for (const folder of sources)
    for (const name of (readdirSync(join(here, folder), { recursive: true }) as string[]).sort())
      if (/(?<!\.test)\.[jt]s$/.test(name)) hash.update(readFileSync(join(here, folder, name)));
  return hash.digest("hex");
}
