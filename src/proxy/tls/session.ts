/** What is in an OpenSSL SSL_SESSION. */
export interface SessionParts {
  readonly id: Buffer | undefined;
  /** The peer's certificate: of a session that is used again nothing else has it. */
  readonly peer: Buffer | undefined;
}

/**
 * Reads an SSL_SESSION in DER (OpenSSL's ssl/ssl_asn1.c):
 *
 *     SEQUENCE { INTEGER version, INTEGER protocol, OCTET STRING cipher, OCTET STRING session id, OCTET STRING master key,
 *                … [1] time, [2] time limit, [3] { Certificate } … }
 *
 * What isn't so gives nothing.
 */
export function sessionParts(der: Buffer): SessionParts {
  const outer = elementAt(der, 0);
  let id: Buffer | undefined;
  let peer: Buffer | undefined;
  let octets = 0;
  for (let at = outer?.from ?? der.length; at < der.length; ) {
    const element = elementAt(der, at);
    if (element === undefined) break;
    const value = der.subarray(element.from, element.to);
    if (element.tag === 0x04 && ++octets === 2 && value.length > 0) id = Buffer.from(value);
    if (element.tag === 0xa3) peer = Buffer.from(value);
    at = element.to;
  }
  return { id, peer };
}

/** A tag, and where its value begins and ends. Lengths have one byte, or 0x81 to 0x83 and so many. */
function elementAt(der: Buffer, at: number): { tag: number; from: number; to: number } | undefined {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const bytes = first < 0x80 ? 0 : first & 0x7f;
  if (bytes > 3 || (first >= 0x80 && bytes === 0) || at + 2 + bytes > der.length) return undefined;
  const length = bytes === 0 ? first : der.readUIntBE(at + 2, bytes);
  const from = at + 2 + bytes;
  return from + length > der.length ? undefined : { tag, from, to: from + length };
}
