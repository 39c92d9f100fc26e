import { readFileSync } from "node:fs";
import { RondoError } from "../../errors.js";

/** Who a process may become. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Finds a user in the text of /etc/passwd, "name:x:uid:gid:…" on a line. @throws RondoError "no-user" */
export function findUser(name: string, passwd: string = readFileSync("/etc/passwd", "utf8")): User {
  for (const line of passwd.split("\n")) {
    const [found, , uid = "", gid = ""] = line.split(":");
    if (found === name && /^\d+$/.test(uid) && /^\d+$/.test(gid))
      return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new RondoError("no-user", `/etc/passwd has no user ${name}`, {
    remedy: "Name one that there is by --user.",
  });
}

/** Becomes that user for good, in its own group alone. */
export function becomeUser({ uid, gid }: User): void {
  // A working directory that only root can enter would fail every command.
  process.chdir("/");
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}
