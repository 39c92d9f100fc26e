/**
 * An SSLv3 ClientHello (RFC 6101, section 5.6.1.2), which any server of TLS answers with a handshake or an alert:
 *
 * ```
 *  16 0300 0079 | 01 000075 | 0300 | time (4) random (28) | 00 | 004E ciphers (39 × 2) | 01 00
 * ```
 */
export function sslHello(): Buffer {
  const time = Buffer.alloc(4);
  time.writeUInt32BE(Math.floor(Date.now() / 1000));
  const ciphers: number[] = [];
  for (let cipher = 0x01; cipher <= 0x1b; cipher++) ciphers.push(0, cipher);
  for (let cipher = 0x2f; cipher <= 0x3a; cipher++) ciphers.push(0, cipher);
  return Buffer.concat([
    Buffer.from("1603000079" + "01000075" + "0300", "hex"),
    time,
    Buffer.from("HAPROXYSSLCHK\nHAPROXYSSLCHK\n"),
    Buffer.from("00004E", "hex"),
    Buffer.from(ciphers),
    Buffer.from([1, 0]),
  ]);
}
