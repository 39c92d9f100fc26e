import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { networkNamespaceCookie, replaceFile } from "../sys/index.js";
import type { WeightNotes } from "./command-io.js";

/** Notes in a file of the network namespace's own, which goes when the machine does: so do the rules that it is about. */
export function weightNotes(folder = "/run/rondo"): WeightNotes {
  const path = () => `${folder}/weights-${networkNamespaceCookie()}.json`;
  const change = (work: (notes: Record<string, number>) => void) => {
    const notes = read(path());
    work(notes);
    if (Object.keys(notes).length === 0) return rmSync(path(), { force: true });
    mkdirSync(dirname(path()), { recursive: true });
    replaceFile(path(), JSON.stringify(notes));
  };
  return {
    get: (server) => read(path())[server],
    set: (server, weight) =>
      change((notes) => {
        notes[server] = weight;
      }),
    delete: (server) =>
      change((notes) => {
        delete notes[server];
      }),
  };
}

/** All notes as they are now. */
export function allWeightNotes(folder = "/run/rondo"): Readonly<Record<string, number>> {
  return read(`${folder}/weights-${networkNamespaceCookie()}.json`);
}

/** What can't be read was not written by us, or half of it is missing: then nothing is known. */
function read(path: string): Record<string, number> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, number>;
  } catch {
    return {};
  }
}
