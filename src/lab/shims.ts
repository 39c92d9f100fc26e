import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { RondoError } from "../errors.js";
import { rondoPath } from "./programs.js";

/**
 * Has `ipvsadm`, `ipvsadm-save` and `ipvsadm-restore` in a folder, so that lines of a manual or of an old script work
 * on a lab's hosts as they stand. They are what `rondo shims` writes.
 */
export function ensureShims(folder: string): void {
  if (existsSync(join(folder, "ipvsadm"))) return;
  const made = spawnSync(process.execPath, [rondoPath, "shims", folder], { encoding: "utf8" });
  if (made.status === 0) return;
  throw new RondoError(
    "no-shims",
    `\`rondo shims ${folder}\` failed: ${made.stderr.trim() || made.error?.message}`,
  );
}
