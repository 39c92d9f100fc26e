/**
 * What a TLS handshake begins with, as fetches of layer 6 look at it in mode tcp (payload.c).
 *
 *     0x16 VERSION(2) LENGTH(2)                                     a record (RFC 8446, section 5.1)
 *       0x01 LENGTH(3) VERSION(2) RANDOM(32)                        ClientHello (section 4.1.2)
 *       1+n session, 2+n cipher suites, 1+n compression methods,
 *       2+n extensions, each TYPE(2) LENGTH(2) …
 */
export interface ClientHello {
  /** Of each extension what it holds, by its type; undefined where there are none at all. */
  readonly extensions: ReadonlyMap<number, Buffer>;
}

export const incomplete = Symbol("incomplete");

/** undefined: it isn't one. */
export function parseClientHello(bytes: Buffer): ClientHello | undefined | typeof incomplete {
  if (bytes.length === 0) return incomplete;
  if (bytes[0] !== 0x16) return undefined;
  if (bytes.length < 3) return incomplete;
  if ((bytes[1] as number) < 3) return undefined;
  if (bytes.length < 5) return incomplete;
  if (bytes.readUInt16BE(3) < 52) return undefined; // too short for an extension
  if (bytes.length < 6) return incomplete;
  if (bytes[5] !== 1) return undefined;
  if (bytes.length < 9) return incomplete;
  const length = bytes.readUIntBE(6, 3);
  if (length < 47) return undefined;
  if (bytes.length < 9 + length) return incomplete;
  return parseBody(bytes.subarray(9, 9 + length));
}

function parseBody(body: Buffer): ClientHello | undefined {
  if (body.length < 35 || (body[0] as number) < 3 || (body[1] as number) < 1) return undefined;
  const session = body[34] as number;
  let at = 35 + session;
  if (session > 32 || at + 2 > body.length) return undefined;
  const ciphers = body.readUInt16BE(at);
  at += 2 + ciphers;
  if (ciphers < 2 || at >= body.length) return undefined;
  const methods = body[at] as number;
  at += 1 + methods;
  if (methods < 1 || at + 2 > body.length) return undefined;
  const end = at + 2 + body.readUInt16BE(at);
  if (end > body.length) return undefined;
  const extensions = new Map<number, Buffer>();
  for (at += 2; at + 4 <= end; ) {
    const type = body.readUInt16BE(at);
    const size = body.readUInt16BE(at + 2);
    if (at + 4 + size > end) return undefined;
    if (!extensions.has(type)) extensions.set(type, body.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return { extensions };
}

/** server_name (RFC 6066, section 3): the first host name. */
export function serverName({ extensions }: ClientHello): Buffer | undefined {
  const data = extensions.get(0);
  if (data === undefined || data.length < 2) return undefined;
  const list = data.readUInt16BE(0);
  if (list < 4 || list > data.length - 2) return undefined;
  const size = data.readUInt16BE(3);
  if (data[2] !== 0 || size > data.length - 5) return undefined;
  return data.subarray(5, 5 + size);
}

/** application_layer_protocol_negotiation (RFC 7301, section 3.1): the names, in the client's order of preference. */
export function protocols({ extensions }: ClientHello): readonly string[] {
  const data = extensions.get(16);
  if (data === undefined || data.length < 2) return [];
  const end = 2 + data.readUInt16BE(0);
  if (end > data.length) return [];
  const names: string[] = [];
  for (let at = 2; at < end; ) {
    const size = data[at] as number;
    if (at + 1 + size > end) return [];
    names.push(data.toString("latin1", at + 1, at + 1 + size));
    at += 1 + size;
  }
  return names;
}

/** The type of a handshake message that is wholly there: 1 is ClientHello, 2 ServerHello. */
export function helloType(bytes: Buffer): number | undefined | typeof incomplete {
  if (bytes.length === 0) return incomplete;
  const first = bytes[0] as number;
  if ((first < 0x14 || first > 0x17) && first !== 0xff) return undefined;
  if (bytes.length < 9) return incomplete;
  if ((bytes[1] as number) < 3 || bytes.readUInt16BE(3) < 4) return undefined;
  if (bytes.length < 9 + bytes.readUIntBE(6, 3)) return incomplete;
  return bytes[5];
}

/** The version that a ClientHello asks for, 3.1 as 0x30001; also of SSLv2's hello. */
export function helloVersion(bytes: Buffer): number | undefined | typeof incomplete {
  if (bytes.length === 0) return incomplete;
  const first = bytes[0] as number;
  if ((first >= 0x14 && first <= 0x17) || first === 0xff) {
    if (bytes.length < 11) return incomplete;
    const length = bytes.readUInt16BE(3);
    if ((bytes[1] as number) < 3 || length < 6 || length > 16384 + 2048) return undefined;
    if (bytes.length < 5 + length) return incomplete;
    return ((bytes[9] as number) << 16) + (bytes[10] as number);
  }
  return oldHelloVersion(bytes, first);
}

/** SSLv2's hello: a length of 15 bits, or of 14 with padding; its message type is 1. */
function oldHelloVersion(bytes: Buffer, first: number): number | undefined | typeof incomplete {
  const short = (first & 0x80) !== 0;
  const head = short ? 2 : 3;
  if (bytes.length <= head) return incomplete;
  const length = bytes.readUInt16BE(0) & (short ? 0x7fff : 0x3fff);
  const padding = short ? 0 : (bytes[2] as number);
  if (bytes[head] !== 1) return undefined;
  if (bytes.length < head + 9) return incomplete;
  const at = head + 1;
  const [ciphers, session, challenge] = [2, 4, 6].map((offset) => bytes.readUInt16BE(at + offset)) as [
    number,
    number,
    number,
  ];
  if (ciphers % 3 !== 0 || (session !== 0 && session !== 16) || challenge < 16 || challenge > 32)
    return undefined;
  if (length !== 9 + ciphers + session + challenge) return undefined;
  if (bytes.length < at + 8 + ciphers + session + challenge + padding) return incomplete;
  return ((bytes[at] as number) << 16) + (bytes[at + 1] as number);
}
