import { accessSync, constants, existsSync, lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { availableParallelism, hostname, userInfo } from "node:os";
import { globFiles } from "./glob.js";
import { scriptFacts } from "./script-facts.js";
import type { FileAnswer, UserAnswer, World } from "./world.js";

/** This host: its files and names. It can't tell of interfaces; who can gives that as an option. */
export const diskWorld: World = {
  workingDirectory: () => process.cwd(),
  time: () => Math.floor(Date.now() / 1000),
  hostName: () => hostname(),
  ownUser: () => ({ name: ownName(), uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }),
  user: (name) => userNamed(name),
  group: (name) => groupNamed(name),
  interface: () => undefined,
  number: (table, name) => numberNamed(table, name),
  script: scriptFacts,
  processors: () => availableParallelism(),
  directory: (path) => {
    try {
      return statSync(path).isDirectory() ? realpathSync(path) : null;
    } catch {
      return null;
    }
  },
  glob: globFiles,
  read: readText,
};

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    return "root";
  }
}

/** Text of a plain file that is not executable: UTF-8, or else a letter a byte. */
function readText(path: string): FileAnswer {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return { kind: lstatSync(path, { throwIfNoEntry: false }) ? "unfit" : "missing" };
  if (status.isDirectory()) return { kind: "directory" };
  if (!status.isFile() || (status.mode & 0o111) !== 0) return { kind: "unfit" };
  try {
    accessSync(path, constants.R_OK);
    const bytes = readFileSync(path);
    try {
      return {
        kind: "text",
        text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes),
        encoding: "utf8",
      };
    } catch {
      return { kind: "text", text: bytes.toString("latin1"), encoding: "latin1" };
    }
  } catch (error) {
    return { kind: "unreadable", reason: (error as Error).message };
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return [];
  }
}

function userNamed(name: string): UserAnswer | null {
  for (const line of linesOf("/etc/passwd")) {
    const [user, , uid, gid] = line.split(":");
    if (user === name && uid !== undefined && gid !== undefined)
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

function groupNamed(name: string): number | null {
  for (const line of linesOf("/etc/group")) {
    const [group, , gid] = line.split(":");
    if (group === name && gid !== undefined) return Number(gid);
  }
  return null;
}

/** iproute2's tables are "number name", /etc/protocols "name number alias …". */
function numberNamed(table: string, name: string): number | null {
  const paths =
    table === "protocols"
      ? ["/etc/protocols"]
      : [`/etc/iproute2/${table}`, `/usr/share/iproute2/${table}`, `/usr/lib/iproute2/${table}`].filter(
          (path) => existsSync(path),
        );
  for (const line of paths.flatMap(linesOf)) {
    const words = line.replace(/#.*/, "").trim().split(/\s+/);
    const [first, second] = words;
    if (first === undefined || second === undefined) continue;
    if (table === "protocols") {
      if (first === name || words.slice(2).includes(name)) return Number(second);
    } else if (second === name && !Number.isNaN(Number(first))) return Number(first);
  }
  return null;
}
