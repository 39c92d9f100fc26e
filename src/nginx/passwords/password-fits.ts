import { createHash, timingSafeEqual } from "node:crypto";
import { passwordMatches } from "../../sys/index.js";
import { apr1 } from "./apr1.js";

/** Whether a password is the one that a hash of a file of users was made of (ngx_crypt): crypt(3)'s, $apr1$, {SHA}, {SSHA}, {PLAIN}. */
export function passwordFits(password: string, hash: string): boolean {
  if (hash.startsWith("$apr1$")) return equal(apr1(password, hash), hash);
  if (hash.startsWith("{PLAIN}")) return equal(password, hash.slice(7));
  if (hash.startsWith("{SHA}")) return equal(sha1(password, Buffer.alloc(0)), hash.slice(5));
  if (hash.startsWith("{SSHA}")) {
    const salt = Buffer.from(hash.slice(6), "base64").subarray(20);
    return equal(sha1(password, salt), hash.slice(6));
  }
  return passwordMatches(password, hash) === true;
}

function sha1(password: string, salt: Buffer): string {
  const digest = createHash("sha1").update(password, "latin1").update(salt).digest();
  return Buffer.concat([digest, salt]).toString("base64");
}

function equal(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one, "latin1"), Buffer.from(other, "latin1")];
  return first.length === second.length && timingSafeEqual(first, second);
}
