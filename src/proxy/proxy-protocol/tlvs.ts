/** Types of TLVs (proxy-protocol.txt, section 2.2). */
export const tlvTypes = {
  alpn: 0x01,
  authority: 0x02,
  crc32c: 0x03,
  noop: 0x04,
  uniqueId: 0x05,
  ssl: 0x20,
  sslVersion: 0x21,
  sslCn: 0x22,
  sslCipher: 0x23,
  sslSigAlg: 0x24,
  sslKeyAlg: 0x25,
  netns: 0x30,
} as const;

export interface Tlv {
  readonly type: number;
  readonly value: Buffer;
}

/**
 *     0      1        3
 *     | type | length | value … |      length in network order
 */
export function encodeTlv(type: number, value: Uint8Array): Buffer {
  if (value.length > 65_535) throw new RangeError("a TLV's value has at most 65535 bytes");
  const bytes = Buffer.alloc(3 + value.length);
  bytes[0] = type;
  bytes.writeUInt16BE(value.length, 1);
  bytes.set(value, 3);
  return bytes;
}

/** @throws Error where they don't fill the bytes. */
export function decodeTlvs(bytes: Buffer): Tlv[] {
  const tlvs: Tlv[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 3 > bytes.length) throw new Error("a TLV is cut off");
    const length = bytes.readUInt16BE(at + 1);
    if (at + 3 + length > bytes.length) throw new Error("a TLV is longer than the head");
    tlvs.push({ type: bytes[at] as number, value: Buffer.from(bytes.subarray(at + 3, at + 3 + length)) });
    at += 3 + length;
  }
  return tlvs;
}

/** What TLV "ssl" says of the client's TLS. */
export interface SslTlv {
  /** PP2_CLIENT_SSL: over TLS at all; a certificate over this connection; or over this session. */
  readonly ssl: boolean;
  readonly certOnConnection: boolean;
  readonly certOnSession: boolean;
  /** 0: the client's certificate was verified (or there is none). */
  readonly verify: number;
  readonly tlvs: readonly Tlv[];
}

/**
 *     0        1            5
 *     | client | verify     | TLVs of types 0x21 to 0x25 … |
 */
export function encodeSslTlv(ssl: SslTlv): Buffer {
  const head = Buffer.alloc(5);
  head[0] = (ssl.ssl ? 1 : 0) | (ssl.certOnConnection ? 2 : 0) | (ssl.certOnSession ? 4 : 0);
  head.writeUInt32BE(ssl.verify >>> 0, 1);
  return Buffer.concat([head, ...ssl.tlvs.map((each) => encodeTlv(each.type, each.value))]);
}

export function decodeSslTlv(value: Buffer): SslTlv {
  if (value.length < 5) throw new Error("the TLV of TLS is cut off");
  const client = value[0] as number;
  return {
    ssl: (client & 1) !== 0,
    certOnConnection: (client & 2) !== 0,
    certOnSession: (client & 4) !== 0,
    verify: value.readUInt32BE(1),
    tlvs: decodeTlvs(value.subarray(5)),
  };
}
