import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import type { ScriptAnswer } from "./world.js";

/**
 * What keepalived finds out of a script before it runs it as a user: whether it is there and executable, and, where
 * root runs it, whether somebody else could write it or a directory above it. (lib/notify.c, check_script_secure().)
 */
export function scriptFacts(path: string, uid: number, gid: number): ScriptAnswer {
  const found = path.includes("/") ? path : onPath(path, uid, gid);
  if (found === undefined) return { kind: "not-found" };
  const resolved = found === path ? {} : { resolved: found };
  let real: string;
  let status: Stats;
  try {
    real = realpathSync(found);
    status = statSync(real);
  } catch {
    return { kind: "not-found" };
  }
  if (!executable(status, uid, gid)) return { kind: "not-executable", ...resolved };
  const setId =
    (status.uid === 0 && (status.mode & 0o4100) === 0o4100) ||
    (status.gid === 0 && (status.mode & 0o2010) === 0o2010);
  if (uid !== 0 && gid !== 0 && !setId) return { kind: "ok", ...resolved };
  const insecure = writableByOthers(real);
  if (insecure === "wrong-type") return { kind: "wrong-type", ...resolved };
  return { kind: "ok", ...resolved, ...(insecure === undefined ? {} : { insecure }) };
}

function onPath(name: string, uid: number, gid: number): string | undefined {
  for (const folder of (process.env["PATH"] ?? "/bin:/usr/bin").split(":")) {
    const path = `${folder}/${name}`;
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isFile() && executable(status, uid, gid)) return path;
  }
  return undefined;
}

function executable(status: Stats, uid: number, gid: number): boolean {
  if (!status.isFile()) return false;
  if (uid === 0) return (status.mode & 0o111) !== 0;
  if (status.uid === uid) return (status.mode & 0o100) !== 0;
  if (status.gid === gid) return (status.mode & 0o010) !== 0;
  return (status.mode & 0o001) !== 0;
}

/** The first part of a path, from "/" on, that is not root's alone to write. */
function writableByOthers(path: string): string | undefined {
  const parts = path.split("/").slice(1);
  for (let i = 0; i <= parts.length; i++) {
    const one = `/${parts.slice(0, i).join("/")}`;
    const status = lstatSync(one, { throwIfNoEntry: false });
    if (!status) return one;
    const last = i === parts.length;
    if (last ? !status.isFile() && !status.isSymbolicLink() : !status.isDirectory()) return "wrong-type";
    const writable = (status.gid !== 0 && (status.mode & 0o020) !== 0) || (status.mode & 0o002) !== 0;
    const sticky = status.isDirectory() && (status.mode & 0o1000) !== 0;
    if (status.uid !== 0 || ((status.isFile() || (status.isDirectory() && !sticky)) && writable)) return one;
  }
  return undefined;
}
