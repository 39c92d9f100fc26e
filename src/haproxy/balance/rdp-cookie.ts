/**
 * The value of a cookie in an RDP connection request, or undefined where there is none (yet). As HAProxy does, what stands before the
 * cookie is skipped by its length alone.
 *
 * ```
 *  TPKT  | 3 | 0 | length (2) |          [MS-RDPBCGR] 2.2.1.1, RFC 1006
 *  X.224 | length | 0xE0 | dst (2) | src (2) | class |     11 bytes until here
 *  "Cookie: " NAME "=" VALUE CR LF
 * ```
 */
export function rdpCookie(bytes: Buffer, name: string): string | undefined {
  const found = /^cookie: *([^=\r\n]*)=([^\r]*)\r\n/i.exec(bytes.toString("latin1", 11));
  if (found === null || (found[1] as string).toLowerCase() !== name.toLowerCase()) return undefined;
  return found[2];
}
