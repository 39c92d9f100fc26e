import { createHmac, randomFillSync, timingSafeEqual } from "node:crypto";
import { type Headers, locked, type SharedMemory } from "../../../proxy/index.js";

const secretBytes = 32;

/** What tokens are made with: the same in all threads, new with each process. */
export function sharedSecret(memory: SharedMemory): Buffer {
  const made = memory.int32("stats page: secret is made", 2); // a lock, and whether it is
  const secret = Buffer.from(memory.bytes("stats page: secret", secretBytes), 0, secretBytes);
  locked(made, 0, () => {
    if (made[1] === 0) randomFillSync(secret);
    made[1] = 1;
  });
  return Buffer.from(secret);
}

/** A form's token: of the credentials that its page was asked for with. Another site can't know it. */
export function formToken(secret: Buffer, headers: Headers, uri: string): string {
  const credentials = headers.get("authorization") ?? "";
  return createHmac("sha256", secret).update(`${uri}\n${credentials}`).digest("base64url").slice(0, 32);
}

/**
 * Whether an order may have been sent by another site in its reader's browser. A browser says where it comes from (Sec-Fetch-Site, Origin,
 * Referer): that has to be this site, and the form's token has to be there. What is no browser, such as a script with curl, needs neither.
 */
export function isForged(
  headers: Headers,
  host: string | undefined,
  given: string | undefined,
  token: string,
): boolean {
  const site = headers.get("sec-fetch-site");
  const origin = headers.get("origin");
  const referer = headers.get("referer");
  const browser =
    [site, origin, referer].some((value) => value !== undefined) ||
    /^Mozilla\//.test(headers.get("user-agent") ?? "");
  if (!browser && given === undefined) return false;
  if (site !== undefined && site !== "same-origin") return true;
  for (const from of [origin, referer])
    if (from !== undefined && hostOf(from) !== host?.toLowerCase()) return true;
  return given === undefined || !sameText(given, token);
}

/** "example.org:8404" of "https://example.org:8404/stats"; undefined of "null". */
function hostOf(url: string): string | undefined {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase();
}

/** Compared in the same time wherever they differ. */
export function sameText(a: string, b: string): boolean {
  const key = Buffer.alloc(1);
  const digest = (text: string) => createHmac("sha256", key).update(text, "latin1").digest();
  return timingSafeEqual(digest(a), digest(b));
}
