import { readFileSync } from "node:fs";
import type { TrackProcess } from "../../config/keepalived/model/index.js";

/** What /proc tells of a process. */
export interface ProcessWords {
  /** Its name, at most 15 bytes. */
  readonly comm: string;
  /** Its command line. A NUL after each word; empty for kernel threads and zombies. */
  readonly commandLine: string;
}

/** undefined: there is no such process (any more), or it is a zombie. */
export function readProcess(pid: number, withCommandLine: boolean): ProcessWords | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const start = stat.indexOf("(");
    const end = stat.lastIndexOf(")");
    if (start < 0 || end < start || stat[end + 2] === "Z") return undefined;
    return {
      comm: stat.slice(start + 1, end),
      commandLine: withCommandLine ? readFileSync(`/proc/${pid}/cmdline`, "latin1") : "",
    };
  } catch {
    return undefined;
  }
}

/** Whether a process's command line is needed to tell whether it is one of these. */
export const needsCommandLine = (settings: TrackProcess) =>
  settings.fullCommand || settings.parameterMatch !== undefined;

/**
 * Whether a process is one that is counted: by its name, or with `full_command` by the first word of its command line,
 * and where `param_match` is said by the words after it: "exact" all of them, "partial" the first ones whole, "initial"
 * the first ones, the last of them as far as it is given.
 */
export function isTracked(settings: TrackProcess, { comm, commandLine }: ProcessWords): boolean {
  const end = commandLine.indexOf("\0");
  const first = end < 0 ? commandLine : commandLine.slice(0, end);
  const longestName = 15;
  const wanted = settings.path;
  if (settings.fullCommand || settings.parameterMatch !== undefined) {
    if (first !== wanted && !(comm === wanted && !settings.fullCommand)) return false;
  } else if (comm !== wanted.slice(wanted.lastIndexOf("/") + 1).slice(0, longestName)) return false;
  if (settings.parameterMatch === undefined) return true;
  const given = end < 0 ? "" : commandLine.slice(end + 1);
  const expected = settings.parameters.map((word) => `${word}\0`).join("");
  if (settings.parameterMatch === "exact") return given === expected;
  if (settings.parameterMatch === "partial") return given.startsWith(expected);
  return given.startsWith(expected.slice(0, -1));
}
