/** An error of OpenSSL's queue: its number (library and reason), and its sentence as ERR_error_string writes it. */
export interface OpensslError {
  readonly number: number;
  readonly text: string;
}

/**
 * Node has OpenSSL's own line as the message of an error of a handshake:
 *
 *     80ECC491D87F0000:error:0A00017A:SSL routines:tls12_check_peer_sigalg:wrong curve:../deps/…/t1_lib.c:1545:
 *
 * undefined: it isn't such a line.
 */
export function opensslError(message: string): OpensslError | undefined {
  const found = /error:([0-9A-Fa-f]{8}):([^:]*):[^:]*:([^:\n]*)/.exec(message);
  if (found === null) return undefined;
  const [, hex = "", library = "", reason = ""] = found;
  return { number: Number.parseInt(hex, 16), text: `error:${hex.toUpperCase()}:${library}::${reason}` };
}

/** ERR_LIB_SSL << 23 */
const sslLibrary = 20 * 2 ** 23;

/** An error of the library "SSL routines" that is found here and not by OpenSSL. */
export function sslError(reason: number, text: string): OpensslError {
  const number = sslLibrary + reason;
  return {
    number,
    text: `error:${number.toString(16).toUpperCase().padStart(8, "0")}:SSL routines::${text}`,
  };
}

export const certificateVerifyFailed = sslError(134, "certificate verify failed");
export const noPeerCertificate = sslError(199, "peer did not return a certificate");
