import { X509Certificate } from "node:crypto";
import type { Server } from "../../config/haproxy/model/index.js";
import { encodeSslTlv, encodeV1, encodeV2, type Tlv, tlvTypes } from "../../proxy/index.js";
import type { Stream } from "./stream.js";

const text = (value: string) => Buffer.from(value, "latin1");

/** The PROXY protocol head that a server is sent before all else: `send-proxy`, `send-proxy-v2` and its options. */
export function proxyHeader(section: Server, stream: Stream): Buffer {
  const { source, destination, session } = stream;
  if (section.sendProxy === "v1") return encodeV1(source, destination);
  const options = new Set(section.proxyV2Options);
  const { tls } = session.info;
  const tlvs: Tlv[] = [];
  if (tls?.alpn !== undefined) tlvs.push({ type: tlvTypes.alpn, value: text(tls.alpn) });
  if (options.has("authority") && tls?.serverName !== undefined)
    tlvs.push({ type: tlvTypes.authority, value: text(tls.serverName) });
  if (options.has("unique-id")) {
    const id = stream.uniqueIdentifier();
    if (id !== undefined) tlvs.push({ type: tlvTypes.uniqueId, value: text(id) });
  }
  const asked = ["ssl", "cert-cn", "ssl-cipher", "cert-sig", "cert-key"].some((each) => options.has(each));
  if (section.sendProxy !== "v2" || asked) {
    const certificate = tls?.peerCertificate;
    const inner: Tlv[] = [];
    if (tls !== undefined) {
      inner.push({ type: tlvTypes.sslVersion, value: text(tls.protocol) });
      const parsed = certificate === undefined ? undefined : new X509Certificate(certificate);
      if (options.has("cert-cn") || section.sendProxy === "v2-ssl-cn") {
        const name = /^CN=(.*)$/m.exec(parsed?.subject ?? "")?.[1];
        if (name !== undefined) inner.push({ type: tlvTypes.sslCn, value: Buffer.from(name, "utf8") });
      }
      if (options.has("cert-key")) {
        const key = parsed?.publicKey;
        const bits = key?.asymmetricKeyDetails?.modulusLength;
        if (key !== undefined)
          inner.push({
            type: tlvTypes.sslKeyAlg,
            value: text(`${key.asymmetricKeyType?.toUpperCase()}${bits ?? ""}`),
          });
      }
      if (options.has("ssl-cipher")) inner.push({ type: tlvTypes.sslCipher, value: text(tls.cipher) });
    }
    const value = encodeSslTlv({
      ssl: tls !== undefined,
      certOnConnection: certificate !== undefined,
      certOnSession: certificate !== undefined,
      verify: tls?.verifyError ?? 0,
      tlvs: inner,
    });
    tlvs.push({ type: tlvTypes.ssl, value });
  }
  return encodeV2(source, destination, tlvs, { crc32c: options.has("crc32c") });
}
