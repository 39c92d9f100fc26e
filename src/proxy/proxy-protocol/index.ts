export { ProxyHeadReader } from "./reader.js";
export {
  decodeSslTlv,
  decodeTlvs,
  encodeSslTlv,
  encodeTlv,
  type SslTlv,
  type Tlv,
  tlvTypes,
} from "./tlvs.js";
export { decodeV1, encodeV1 } from "./v1.js";
export { decodeV2, encodeV2 } from "./v2.js";
