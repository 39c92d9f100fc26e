import { lstatSync, readlinkSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What is wrong with a script's file, as a sentence that begins with the path that it is about. */
export interface ScriptFault {
  /** "missing": there is no such file, or no file. "not-executable": for its user. "unsafe": others than root may change it. */
  readonly kind: "missing" | "not-executable" | "unsafe";
  readonly message: string;
}

/** Where programs named without a path are looked for, if there is no PATH. */
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Symbolic links in a path that are followed, as the kernel does. */
const mostLinks = 40;

/**
 * Looks at a program that is to be run as `user` (default: root): is it there, may he execute it, and, if it runs with root's
 * rights, can anybody else change it? For that every folder and link on the way from / is looked at: each has to be
 * root's, and nobody else may write to it (a folder with the sticky bit excepted, as /tmp: what lies in it must be root's).
 */
export function scriptFault(
  program: string,
  user: { readonly uid: number; readonly gid: number } = { uid: 0, gid: 0 },
): ScriptFault | undefined {
  const path = program.includes("/") ? program : inPath(program);
  if (path === undefined) return { kind: "missing", message: `${program} is in no folder of PATH` };
  let is: Stats;
  try {
    is = statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" || code === "ENOTDIR" ? "there is no such file" : (error as Error).message;
    return { kind: "missing", message: `${path}: ${why}` };
  }
  if (!is.isFile()) return { kind: "missing", message: `${path} is no file` };
  if (!mayExecute(is, user))
    return {
      kind: "not-executable",
      message: `${path} (mode ${mode(is)}, ${owner(is)}) can't be executed by ${user.uid === 0 ? "root" : `user ${user.uid}`}: chmod +x ${path}`,
    };
  const asRoot =
    user.uid === 0 ||
    user.gid === 0 ||
    (is.uid === 0 && (is.mode & 0o4000) !== 0) ||
    (is.gid === 0 && (is.mode & 0o2010) === 0o2010);
  if (!asRoot || !path.startsWith("/")) return undefined;
  const message = unsafePart(path);
  return message === undefined ? undefined : { kind: "unsafe", message };
}

/** The first thing on the way to a file that others than root may change; undefined if there is none. */
function unsafePart(path: string): string | undefined {
  let rest = path.split("/").filter((part) => part !== "" && part !== ".");
  let at = "/";
  let links = 0;
  for (;;) {
    const is = lstatSync(at);
    if (is.isSymbolicLink()) {
      if (is.uid !== 0) return `${at}, a link on the way to ${path}, is ${owner(is)}: chown -h root ${at}`;
      if (++links > mostLinks) return `${path} has too many links on its way`;
      const target = readlinkSync(at);
      rest = [...target.split("/").filter((part) => part !== "" && part !== "."), ...rest];
      at = target.startsWith("/") ? "/" : dirname(at);
      continue;
    }
    const wrong = unsafe(is);
    if (wrong !== undefined)
      return at === path
        ? `${at} ${wrong.replaceAll("PATH", at)}`
        : `${at}, on the way to ${path}, ${wrong.replaceAll("PATH", at)}`;
    const next = rest.shift();
    if (next === undefined) return undefined;
    at = next === ".." ? dirname(at) : join(at, next);
  }
}

function unsafe(is: Stats): string | undefined {
  if (is.uid !== 0) return `is ${owner(is)}, who may change it: chown root PATH`;
  if (is.isDirectory() && (is.mode & 0o1000) !== 0) return undefined;
  if (is.gid !== 0 && (is.mode & 0o020) !== 0)
    return `may be written to by group ${is.gid} (mode ${mode(is)}): chmod g-w PATH`;
  if ((is.mode & 0o002) !== 0) return `may be written to by everybody (mode ${mode(is)}): chmod o-w PATH`;
  return undefined;
}

function mayExecute(is: Stats, { uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
  if (uid === 0) return (is.mode & 0o111) !== 0;
  if (uid === is.uid) return (is.mode & 0o100) !== 0;
  return (is.mode & (gid === is.gid ? 0o010 : 0o001)) !== 0;
}

function inPath(program: string): string | undefined {
  return (process.env["PATH"] ?? usualPath)
    .split(":")
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => join(folder, program))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

const mode = (is: Stats): string => (is.mode & 0o7777).toString(8).padStart(4, "0");
const owner = (is: Stats): string => (is.uid === 0 ? "root's" : `user ${is.uid}'s`);
