/** How HAProxy names a failed handshake (connection.c, conn_err_code_str), whether nothing had come, and its number (fc_err). */
export function handshakeText(code: string): {
  readonly text: string;
  readonly silent: boolean;
  readonly error: number;
} {
  const known = texts[code];
  if (known !== undefined) return { text: known[0], silent: known[1], error: known[2] };
  if (code === "ERR_SSL_AUTHORITY_VERIFY_FAILED")
    return { text: "SSL client CA chain cannot be verified", silent: false, error: 30 };
  if (code === "ERR_SSL_CERTIFICATE_VERIFY_FAILED")
    return { text: "SSL client certificate not trusted", silent: false, error: 31 };
  return { text: "SSL handshake failure", silent: false, error: 34 };
}

const texts: Readonly<Record<string, readonly [text: string, silent: boolean, error: number]>> = {
  "proxy-empty": ["Connection closed while waiting for PROXY protocol header", true, 11],
  "proxy-abort": ["Connection error while waiting for PROXY protocol header", true, 12],
  "proxy-timeout": ["Timeout while waiting for PROXY protocol header", false, 13],
  "proxy-truncated": ["Truncated PROXY protocol header received", false, 14],
  "proxy-header": ["Received something which does not look like a PROXY protocol header", false, 15],
  "proxy-bad-header": ["Received an invalid PROXY protocol header", false, 16],
  "proxy-protocol": ["Received an unhandled protocol in the PROXY protocol header", false, 17],
  timeout: ["Timeout during SSL handshake", false, 26],
  "tls-timeout": ["Timeout during SSL handshake", false, 26],
  "tls-empty": ["Connection closed during SSL handshake", true, 24],
  "tls-closed": ["Connection closed during SSL handshake", true, 24],
  ECONNRESET: ["Connection error during SSL handshake", true, 25],
  EPIPE: ["Connection error during SSL handshake", true, 25],
};
