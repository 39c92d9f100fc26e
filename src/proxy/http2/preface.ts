const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Looks whether a connection begins with HTTP/2's preface (RFC 9113 section 3.4). */
export class PrefaceReader {
  readonly #found: (first: Buffer) => void;

  constructor(found: (first: Buffer) => void) {
    this.#found = found;
  }

  /** "more": it may be one; "yes": it is, and the connection has been given away. */
  look(bytes: Buffer): "yes" | "no" | "more" {
    const length = Math.min(bytes.length, preface.length);
    if (bytes.compare(preface, 0, length, 0, length) !== 0) return "no";
    if (length < preface.length) return "more";
    this.#found(bytes);
    return "yes";
  }
}
