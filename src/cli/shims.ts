import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { RondoError } from "../errors.js";
import { rondoPath } from "../package-root.js";
import { replaceFile, shellWord } from "../sys/index.js";

/** The commands that there are shims for. */
const shimmed = ["ipvsadm", "ipvsadm-save", "ipvsadm-restore", "keepalived", "haproxy", "nginx"] as const;

/** `rondo shims DIR`: see docs/manual/shims.md. */
export function run(words: readonly string[]): number {
  const [folder, ...rest] = words;
  if (folder === undefined || folder === "-h" || folder === "--help" || rest.length > 0) {
    const text =
      "usage: rondo shims DIR\n\nWrites ipvsadm, ipvsadm-save, ipvsadm-restore, keepalived, haproxy and nginx into DIR.\n";
    if (folder === "-h" || folder === "--help") process.stdout.write(text);
    else process.stderr.write(text);
    return folder === "-h" || folder === "--help" ? 0 : 2;
  }
  writeShims(folder);
  return 0;
}

/**
 * Writes the shims: programs with LVS's names that run ours. They need nothing of their surroundings, not even a PATH, act on
 * the caller's network namespace. What is there under such a name is replaced.
 */
export function writeShims(folder: string): void {
  for (const name of shimmed) writeShim(folder, name, [rondoPath, name]);
}

/** Writes one: a program of a name in a folder that runs a file of ours, with some words before its own. */
export function writeShim(folder: string, name: string, fileAndWords: readonly string[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    const command = [process.execPath, ...fileAndWords].map(shellWord).join(" ");
    const path = join(resolve(folder), name);
    const text = `#!/bin/sh\n# Written by \`rondo shims\`.\nexec ${command} "$@"\n`;
    if (isThere(path, text)) return;
    replaceFile(path, text, { executable: true });
  } catch (error) {
    throw new RondoError("shims", `the shims can't be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function isThere(path: string, text: string): boolean {
  try {
    return (statSync(path).mode & 0o777) === 0o755 && readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
