import { randomInt } from "node:crypto";
import { chmodSync, chownSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file whole or not at all: who reads it reads either what was or what is. Several may do so at once, in whatever
 * process ids they live; the last one has his way. The folder has to be there. A kill leaves what was, and maybe a file beside
 * it whose name is the path's with a dot and a number.
 *
 * @param options mode: as open(2) has it, less the umask. executable: for everybody, whatever the umask. owner: whose it is to be; then
 * the mode is what it says, whatever the umask.
 * @throws Error of node:fs
 */
export function replaceFile(
  path: string,
  text: string | Uint8Array,
  {
    mode = 0o666,
    executable = false,
    owner,
  }: {
    readonly mode?: number;
    readonly executable?: boolean;
    readonly owner?: { readonly uid: number; readonly gid: number };
  } = {},
): void {
  const unfinished = `${path}.${randomInt(2 ** 47)}`;
  try {
    writeFileSync(unfinished, text, { mode, flag: "wx" });
    if (executable) chmodSync(unfinished, 0o755);
    if (owner) {
      chownSync(unfinished, owner.uid, owner.gid);
      chmodSync(unfinished, mode);
    }
    renameSync(unfinished, path);
  } catch (error) {
    try {
      rmSync(unfinished, { force: true });
    } catch {
      // The folder isn't one.
    }
    throw error;
  }
}
