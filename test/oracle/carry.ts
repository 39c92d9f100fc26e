import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { findProgram } from "../../src/lab/index.js";
import type { TreeEntry } from "./cpio.js";

/** What is put into a guest, by its paths there. */
export type Cargo = Map<string, TreeEntry>;

/** A file of this machine, or a folder with all that is in it. */
export function carry(
  cargo: Cargo,
  from: string,
  to: string,
  wanted: (path: string) => boolean = () => true,
): void {
  const stat = statSync(from);
  if (!stat.isDirectory()) {
    cargo.set(to, { kind: "file", data: readFileSync(from), executable: (stat.mode & 0o111) !== 0 });
    return;
  }
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (wanted(path)) carry(cargo, path, `${to}/${name}`, wanted);
  }
}

/** A program of this machine: it stands in /bin there, and the libraries that it asks for where they are here. */
export function carryProgram(cargo: Cargo, program: string): void {
  const path = realpathSync(findProgram(program, `${process.env["PATH"]}:/usr/sbin:/sbin`));
  carry(cargo, path, `bin/${basename(program)}`);
  carryLibraries(cargo, path);
}

/** The shared libraries of a program; `folders` are looked through before the system's. */
export function carryLibraries(cargo: Cargo, program: string, folders: readonly string[] = []): void {
  const env = { ...process.env, LD_LIBRARY_PATH: folders.join(":") };
  let listed: string;
  try {
    listed = execFileSync("ldd", [program], { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] });
  } catch {
    return; // It asks for none: it is a script, or linked statically.
  }
  for (const [, name, path] of listed.matchAll(/^\s*(?:(\S+) => )?(\/\S+) \(/gm)) {
    // The loader stands where the program has its name, the others where every loader looks.
    const to = name === undefined ? path!.slice(1) : `lib/${libraryFolder(listed)}/${name}`;
    if (!cargo.has(to)) carry(cargo, realpathSync(path!), to);
  }
}

/** The folder of the C library, below /lib: "x86_64-linux-gnu". */
const libraryFolder = (listed: string) =>
  /\/lib\/([^/\s]+)\/libc\.so/.exec(listed)?.[1] ?? "x86_64-linux-gnu";
