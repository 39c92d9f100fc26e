import { createPrivateKey } from "node:crypto";
import type { KeyPair } from "../proxy/index.js";

/** A key with the password of the file that opens it (ssl_password_file, proxy_ssl_password_file: one a line). */
export function keyPair(cert: string, key: string, passwords: string | undefined): KeyPair {
  for (const passphrase of passwords?.split(/\r?\n/) ?? [])
    try {
      createPrivateKey({ key, passphrase });
      return { cert, key, passphrase };
    } catch {
      // it is another one's
    }
  return { cert, key };
}
