import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { packageRoot } from "../../src/package-root.js";
import { type Cargo, carry } from "./carry.js";

/** Where our program stands in a guest. */
export const home = "rondo";

/** Packet programs that were written here needn't be written anew there. */
function addWritten(cargo: Cargo): void {
  const written = "/run/rondo/programs";
  if (existsSync(written)) carry(cargo, written, written.slice(1));
}

/** Our commands, for node: /rondo/bin/rondo. `packages` are further ones that a command loads. */
export function ourCommands(packages: readonly string[] = []): Cargo {
  const cargo: Cargo = new Map();
  for (const path of ["bin/rondo", "dist/bundle"]) carry(cargo, join(packageRoot, path), `${home}/${path}`);
  addWritten(cargo);
  addLibraries(cargo);
  for (const name of packages)
    carry(cargo, join(packageRoot, "node_modules", name), `${home}/node_modules/${name}`);
  return cargo;
}

/** Where {@link ourTest} puts a test. */
export const testPath = `/${home}/dist/src/carried.js`;

/**
 * A compiled test (by its path below dist/test), in one file with all that it imports: the guest is slow at reading hundreds. Packet
 * programs that were written here needn't be written anew there: for that, their sources come along.
 */
export function ourTest(path: string): Cargo {
  const cargo: Cargo = new Map();
  const { outputFiles } = buildSync({
    entryPoints: [join(packageRoot, "dist/test", path)],
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    write: false,
  });
  cargo.set(testPath.slice(1), { kind: "file", data: outputFiles[0]!.contents });
  // All that code-version.ts reads, or programs would count as another version's.
  const sources = (file: string) => !/\.map$|\.test\.js$/.test(file);
  for (const folder of ["asm", "bpf", "dataplane", "ipvs", "lab/faults", "wire"])
    carry(cargo, join(packageRoot, "dist/src", folder), `${home}/dist/src/${folder}`, sources);
  addWritten(cargo);
  addLibraries(cargo);
  return cargo;
}

/** The one library that is loaded at once; it needs no compiler. */
function addLibraries(cargo: Cargo): void {
  carry(cargo, join(packageRoot, "package.json"), `${home}/package.json`);
  const wanted = (path: string) => !/\/(vendor|doc|musl_\w+)$/.test(path);
  for (const name of ["koffi", `@koromix/koffi-linux-${process.arch}`])
    carry(cargo, join(packageRoot, "node_modules", name), `${home}/node_modules/${name}`, wanted);
}
