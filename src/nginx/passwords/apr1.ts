import { createHash } from "node:crypto";

const letters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const md5 = (...parts: Buffer[]) => createHash("md5").update(Buffer.concat(parts)).digest();

/** Apache's MD5 of a password (htpasswd -m): "$apr1$SALT$…" with the salt of another such text. */
export function apr1(password: string, setting: string): string {
  const salt = (setting.split("$")[2] ?? "").slice(0, 8);
  const key = Buffer.from(password, "latin1");
  const seed = Buffer.from(salt, "latin1");
  const inner = md5(key, seed, key);
  const first: Buffer[] = [key, Buffer.from("$apr1$"), seed];
  for (let left = key.length; left > 0; left -= 16) first.push(inner.subarray(0, Math.min(16, left)));
  for (let bits = key.length; bits > 0; bits >>= 1)
    first.push(bits & 1 ? Buffer.alloc(1) : key.subarray(0, 1));
  let digest = md5(...first);
  for (let round = 0; round < 1000; round++) {
    const parts: Buffer[] = [round & 1 ? key : digest];
    if (round % 3) parts.push(seed);
    if (round % 7) parts.push(key);
    parts.push(round & 1 ? digest : key);
    digest = md5(...parts);
  }
  return `$apr1$${salt}$${encode(digest)}`;
}

/** Three bytes at a time, in this order, six bits a letter. */
function encode(digest: Buffer): string {
  const at = (index: number) => digest[index] as number;
  let text = "";
  const put = (value: number, count: number) => {
    let left = value;
    for (let i = 0; i < count; i++, left >>= 6) text += letters[left & 63];
  };
  for (const [a, b, c] of [
    [0, 6, 12],
    [1, 7, 13],
    [2, 8, 14],
    [3, 9, 15],
    [4, 10, 5],
  ] as const)
    put((at(a) << 16) | (at(b) << 8) | at(c), 4);
  put(at(11), 2);
  return text;
}
