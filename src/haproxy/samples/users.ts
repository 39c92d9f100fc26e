import { createHash } from "node:crypto";
import type { Userlist } from "../../config/haproxy/model/index.js";
import { passwordMatches } from "../../sys/index.js";

/** Verdicts on hashed passwords, each of which costs milliseconds: by a digest of hash and password. The oldest goes. */
const verdicts = new Map<string, boolean>();
const mostVerdicts = 256;

/** Whether a user of a list has the password. A hash that this system can't make is nobody's. */
export function isUser(list: Userlist, name: string, password: string): boolean {
  const user = list.users.find((each) => each.name === name);
  if (user === undefined) return false;
  if (!user.isHash) return user.password === password;
  const key = createHash("sha256").update(`${user.password}\0${password}`, "latin1").digest("base64");
  let verdict = verdicts.get(key);
  if (verdict === undefined) {
    verdict = passwordMatches(password, user.password) ?? false;
    verdicts.set(key, verdict);
    if (verdicts.size > mostVerdicts) verdicts.delete(verdicts.keys().next().value as string);
  }
  return verdict;
}
