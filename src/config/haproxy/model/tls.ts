/** TLS settings that a bind line and a server line share (ssl_sock.c). File names are as written, made absolute by ca-base and crt-base. */
export interface TlsSettings {
  readonly certificates: readonly string[]; // crt
  readonly certificateLists: readonly string[]; // crt-list
  readonly caFile: string | undefined;
  readonly caVerifyFile: string | undefined;
  readonly crlFile: string | undefined;
  readonly verify: "none" | "optional" | "required" | undefined;
  readonly verifyHost: string | undefined;
  readonly alpn: readonly string[] | undefined;
  readonly npn: readonly string[] | undefined;
  readonly ciphers: string | undefined;
  readonly cipherSuites: string | undefined;
  readonly curves: string | undefined;
  readonly ecdhe: string | undefined;
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
  readonly tickets: boolean;
  readonly reuse: boolean; // session reuse
  readonly allow0rtt: boolean;
  readonly strictSni: boolean;
  readonly preferClientCiphers: boolean;
  readonly generateCertificates: boolean;
  readonly caSignFile: string | undefined;
  readonly caSignPass: string | undefined;
  readonly crtIgnoreErrors: readonly string[];
  readonly caIgnoreErrors: readonly string[];
  readonly ticketKeysFile: string | undefined;
}

export type TlsVersion = "SSLv3" | "TLSv1.0" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
