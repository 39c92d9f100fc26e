import { resolve } from "node:path";
import { type ReadOptions, type ReadResult, readConfig } from "../read-config.js";
import { diskWorld } from "../source/disk-world.js";
import type { FileAnswer, World } from "../source/world.js";
import { applyEdits, editsByFile } from "./apply-edits.js";

/** A mended file: what it says now, and in which encoding it is to be written. */
export interface MendedFile {
  readonly path: string;
  readonly text: string;
  readonly encoding: "utf8" | "latin1";
}

/**
 * Mends a configuration: makes the edits of its diagnostics, reads it again and goes on until nothing more can be
 * mended (a mended block shows what is wrong inside it). Writes nothing; gives the files that changed.
 */
export function fixConfig(
  path: string,
  options: ReadOptions = {},
): { readonly files: readonly MendedFile[]; readonly result: ReadResult } {
  const world: World = { ...diskWorld, ...options.world };
  const mended = new Map<string, MendedFile>();
  const patched: Partial<World> = {
    ...options.world,
    read: (file): FileAnswer => {
      const own = mended.get(file);
      return own ? { kind: "text", text: own.text, encoding: own.encoding } : world.read(file);
    },
  };
  let result = readConfig(path, { ...options, world: patched });
  for (let round = 0; round < 10; round++) {
    const edits = editsByFile(result.diagnostics);
    let changed = false;
    for (const [file, list] of edits) {
      const whole = resolve(world.workingDirectory(), file);
      const before = patched.read!(whole);
      if (before.kind !== "text") continue;
      const text = applyEdits(before.text, list);
      if (text === before.text) continue;
      mended.set(whole, { path: whole, text, encoding: before.encoding });
      changed = true;
    }
    if (!changed) break;
    result = readConfig(path, { ...options, world: patched });
  }
  return { files: [...mended.values()], result };
}
