import { type FSWatcher, readFileSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { TrackFile } from "../config/keepalived/model/index.js";

/** Milliseconds in which whoever writes a file has done so: it is empty between two calls of his. */
const settling = 50;

/** Follows tracked files: tells each one's number whenever it may have changed. What it gives ends that. */
export type WatchFiles = (
  files: readonly TrackFile[],
  tell: (name: string, status: number) => void,
) => { stop(): void };

/**
 * The number that a tracked file has: decimal, hexadecimal or octal as strtol(3) reads it, and 0 where there is no file or no
 * number. Undefined for one out of range: it counts as not read.
 */
export function parseStatus(text: string): number | undefined {
  const found = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)/.exec(text.slice(0, 127));
  if (!found) return 0;
  const digits = found[2]!;
  const octal = digits.startsWith("0") && !/^0x/i.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  const status = found[1] === "-" ? -value : value;
  return status < -0x80000000 || status > 0x80000000 ? undefined : status + 0;
}

export function readStatus(path: string): number | undefined {
  try {
    return parseStatus(readFileSync(path, "latin1"));
  } catch {
    return 0;
  }
}

/** By the kernel's notifications on the folders; files may come and go. */
export const watchFiles: WatchFiles = (files, tell) => {
  const timers = new Map<string, NodeJS.Timeout>();
  const watchers: FSWatcher[] = [];
  const look = ({ name, path }: TrackFile) => {
    const status = readStatus(path);
    if (status !== undefined) tell(name, status);
  };
  for (const [folder, inside] of groupByFolder(files)) {
    try {
      const watcher = watch(folder, { persistent: false }, (_, changed) => {
        for (const file of inside) {
          if (changed !== null && changed !== basename(file.path)) continue;
          clearTimeout(timers.get(file.name));
          timers.set(
            file.name,
            setTimeout(() => look(file), settling),
          );
        }
      });
      watcher.on("error", () => {});
      watchers.push(watcher);
    } catch {
      // There is no such folder: its files are 0, as the real one has it.
    }
  }
  for (const file of files) look(file);
  return {
    stop() {
      for (const timer of timers.values()) clearTimeout(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
};

function groupByFolder(files: readonly TrackFile[]): Map<string, TrackFile[]> {
  const folders = new Map<string, TrackFile[]>();
  for (const file of files) {
    const folder = dirname(file.path);
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return folders;
}
