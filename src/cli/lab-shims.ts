import { join } from "node:path";
import { folderOf, programPath, standInNames } from "../lab/index.js";
import { rondoPath } from "../package-root.js";
import { writeShim, writeShims } from "./shims.js";

/** Writes what a lab's hosts have first in their PATH, our ipvsadm and what stands in for others' commands. Gives the folder. */
export function writeLabShims(lab: string): string {
  const folder = join(folderOf(lab), "shims");
  writeShims(folder);
  // An alias for it, as one has on the machine, is not one on hosts.
  writeShim(folder, "rondo", [rondoPath]);
  for (const name of standInNames) writeShim(folder, name, [programPath("stand-in"), lab, name]);
  return folder;
}
