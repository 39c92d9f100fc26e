import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RondoError } from "../src/errors.js";
import { type ObjectFile, readObjectFile } from "./object-file.js";

const multiarch = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" } as Readonly<Record<string, string>>;

/** Compiles a C program for eBPF with clang -O2. @throws RondoError "no-clang", "clang-failed" */
export function compile(source: URL, defines: Readonly<Record<string, number>>): ObjectFile {
  const folder = mkdtempSync(join(tmpdir(), "rondo-bench-"));
  try {
    const object = join(folder, "program.o");
    const run = spawnSync(
      "clang",
      [
        ...["-O2", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror"],
        `-I/usr/include/${multiarch[process.arch] ?? ""}`,
        ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
        ...["-c", fileURLToPath(source), "-o", object],
      ],
      { encoding: "utf8" },
    );
    if (run.error)
      throw new RondoError("no-clang", `the C programs can't be compiled: ${run.error.message}`, {
        remedy:
          "Install clang (Debian: apt-get install clang linux-libc-dev), or use --no-c to measure ours alone.",
      });
    if (run.status !== 0)
      throw new RondoError("clang-failed", `clang refuses ${fileURLToPath(source)}:\n${run.stderr}`);
    return readObjectFile(readFileSync(object));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
