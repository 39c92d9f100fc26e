function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const each of characters) table[each.charCodeAt(0)] = 1;
  return table;
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";

/** RFC 9110 section 5.6.2: token. */
export const token = tableOf(`!#$%&'*+-.^_\`|~${letters}${digits}`);

const known = [
  "Host",
  "User-Agent",
  "Accept",
  "Accept-Encoding",
  "Accept-Language",
  "Connection",
  "Content-Length",
  "Content-Type",
  "Transfer-Encoding",
  "Cookie",
  "Set-Cookie",
  "Date",
  "Server",
  "Last-Modified",
  "ETag",
  "Cache-Control",
  "Location",
  "Vary",
  "Keep-Alive",
  "Referer",
  "Origin",
  "Upgrade",
  "Expect",
  "X-Forwarded-For",
  "X-Forwarded-Proto",
  "If-None-Match",
  "If-Modified-Since",
  "Accept-Ranges",
  "Content-Encoding",
  "Authorization",
];
/** Names as they come, with their lower-case form: most connections use the same ones. It never grows beyond its limit. */
const lower = new Map<string, string>();
for (const name of known) {
  lower.set(name, name.toLowerCase());
  lower.set(name.toLowerCase(), name.toLowerCase());
}
const limit = 2000;

export function lowerCaseName(name: string): string {
  const found = lower.get(name);
  if (found !== undefined) return found;
  const made = name.toLowerCase();
  // A flat copy: the name as it came is a part of the whole head, which would be kept with it.
  if (lower.size < limit && name.length <= 40)
    lower.set(Buffer.from(name, "latin1").toString("latin1"), made);
  return made;
}
