import { readFileSync } from "node:fs";
import type { GlobalDefs, ScriptCommand } from "../../../config/keepalived/model/index.js";

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Whom scripts run as that name nobody: `script_user`, else "keepalived_script" if there is such a user, else root. */
export function defaultScriptUser({ scriptUser }: GlobalDefs): Ids {
  return scriptUser ?? fromPasswd("keepalived_script") ?? { uid: 0, gid: 0 };
}

/** Whom a script runs as. */
export const userOf = (command: ScriptCommand, global: GlobalDefs): Ids =>
  command.user ?? defaultScriptUser(global);

function fromPasswd(name: string): Ids | undefined {
  let text: string;
  try {
    text = readFileSync("/etc/passwd", "utf8");
  } catch {
    return undefined;
  }
  const fields = text
    .split("\n")
    .map((line) => line.split(":"))
    .find(([user]) => user === name);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  return Number.isInteger(uid) && Number.isInteger(gid) && fields ? { uid, gid } : undefined;
}
