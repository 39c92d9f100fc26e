import type { KeyPair } from "../../proxy/index.js";
import { keyPair } from "../key-pair.js";

/** Files of certificates and of their keys, as they are written. */
export interface PairFiles {
  readonly certificates: readonly string[];
  readonly keys: readonly string[];
}

/** A text that stands for a file's content: "data:…" (ngx_ssl_load_certificate). */
const inline = "data:";

/**
 * Reads certificates with their keys.
 * @param readText reads a file @throws what that throws
 */
export function readPairs(
  { certificates, keys }: PairFiles,
  passwords: string | undefined,
  readText: (path: string) => string,
): KeyPair[] {
  const read = (name: string) => (name.startsWith(inline) ? name.slice(inline.length) : readText(name));
  return certificates.map((name, at) => keyPair(read(name), read(keys[at] ?? name), passwords));
}
