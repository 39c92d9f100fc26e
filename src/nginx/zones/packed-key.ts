import { createHash } from "node:crypto";

/** Bytes that a key has in a table. */
export const keyBytes = 24;
export const keyWords = keyBytes / 4;
/** The form of keys that are longer: what is kept is the first 24 bytes of their SHA-256. */
const digested = 0xff;

/** A key as a table has it. One serves many look-ups after each other. */
export class PackedKey {
  hash = 0;
  /** The length and 1, or that it is a digest: never 0, which is a free place's. */
  form = 0;
  readonly words = new Int32Array(keyWords);
  readonly #bytes = new Uint8Array(this.words.buffer);

  /** @param text one character a byte @param seed so that nobody can choose keys of one hash */
  set(text: string, seed: number): this {
    this.words.fill(0);
    if (text.length <= keyBytes) {
      for (let at = 0; at < text.length; at++) this.#bytes[at] = text.charCodeAt(at);
      this.form = text.length + 1;
    } else {
      const digest = createHash("sha256").update(text, "latin1").digest();
      this.#bytes.set(digest.subarray(0, keyBytes));
      this.form = digested;
    }
    let hash = seed ^ this.form;
    for (const word of this.words) {
      hash = Math.imul(hash ^ word, 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    this.hash = (hash ^ (hash >>> 13)) | 0;
    return this;
  }
}
