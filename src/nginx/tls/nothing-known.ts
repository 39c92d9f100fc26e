import type { TlsInfo } from "../../proxy/index.js";

/** What is known of a handshake that has begun, but for the name that the client asks for. */
export const nothingKnown: TlsInfo = {
  protocol: "",
  cipher: "",
  keyBits: undefined,
  serverName: undefined,
  alpn: undefined,
  resumed: false,
  sessionId: undefined,
  peerCertificate: undefined,
  peerChain: [],
  ownCertificate: undefined,
  verifyError: 0,
  clientRandom: undefined,
};
