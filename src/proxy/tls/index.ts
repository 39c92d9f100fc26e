export { type ClientTls, makeTlsClient } from "./client.js";
export { certificateNames, NameTable } from "./names.js";
export { makeTlsServer, type ServerTls } from "./server.js";
export type {
  ErrorSet,
  KeyPair,
  TlsClientSettings,
  TlsCommon,
  TlsServerCertificate,
  TlsServerSettings,
  TlsVersionName,
} from "./settings.js";
export { tlsAccept } from "./start.js";
export { authoritiesBetween } from "./verify-depth.js";
export { notServerName, notVerifyHost, verifyErrorNumber } from "./verify-error.js";
