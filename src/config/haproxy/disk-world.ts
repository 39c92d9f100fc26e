import { readdirSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import type { World } from "./world.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ENOTDIR: "Not a directory",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
};

/** This machine. */
export const diskWorld: World = {
  environment: process.env,
  readFile(path) {
    try {
      return { bytes: readFileSync(path) };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return { reason: reasons[code ?? ""] ?? message };
    }
  },
  list(path) {
    try {
      return statSync(path).isDirectory() ? readdirSync(path).sort() : undefined;
    } catch {
      return undefined;
    }
  },
  hostName: () => hostname(),
  user: (name) => idNamed("/etc/passwd", name),
  group: (name) => idNamed("/etc/group", name),
};

function idNamed(path: string, name: string): number | undefined {
  try {
    for (const line of readFileSync(path, "utf8").split("\n")) {
      const [found, , id] = line.split(":");
      if (found === name && id !== undefined) return Number(id);
    }
  } catch {
    // No such file: no such name.
  }
  return undefined;
}
