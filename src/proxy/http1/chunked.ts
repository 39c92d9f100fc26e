import { latin1Text } from "../../sys/index.js";
import { Headers } from "../http/headers.js";
import { HeadParser } from "./head-parser.js";

/**
 * RFC 9112 section 7.1, in bytes:
 *
 *     size in hex [; extensions] CRLF, so many bytes, CRLF, … , 0 CRLF, trailer fields, CRLF
 *
 * Sizes are at most 13 hex digits, extensions at most 4096 bytes in all between two pieces of data.
 */
export class ChunkedReader {
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #extension = 0;
  #trailer = "";
  readonly #maxTrailer: number;
  trailers: Headers | undefined;
  ended = false;
  errorReason = "";
  /** Within the bytes of the last call. */
  errorAt = 0;

  constructor(maxTrailer = 16_384) {
    this.#maxTrailer = maxTrailer;
  }

  /**
   * Reads from `at`: gives where it stopped. Data that it came to lies in `dataFrom` to `dataTo` (equal: none), and it stops behind them.
   * It also stops at the end (`ended`), and where all is read. -1: malformed.
   */
  read(bytes: Buffer, at: number): number {
    this.dataFrom = 0;
    this.dataTo = 0;
    const length = bytes.length;
    while (at < length) {
      if (this.#state === "data") {
        const taken = Math.min(this.#size, length - at);
        this.dataFrom = at;
        this.dataTo = at + taken;
        this.#size -= taken;
        if (this.#size === 0) this.#state = "data-cr";
        return at + taken;
      }
      if (this.#state === "trailer") return this.#readTrailer(bytes, at);
      if (!this.#step(bytes[at] as number)) {
        this.errorAt = at;
        return -1;
      }
      at++;
    }
    return at;
  }

  dataFrom = 0;
  dataTo = 0;

  #step(c: number): boolean {
    switch (this.#state) {
      case "size":
        return this.#sizeByte(c);
      case "space":
        if (c === 32 || c === 9) return ++this.#extension < 4096 || this.#bad("a chunk's line is too long");
        if (c === 59) this.#state = "extension";
        else return this.#sizeEnd(c);
        return true;
      case "extension":
        if (c === 13 || c === 10) return this.#sizeEnd(c);
        if (c === 0) return this.#bad("a NUL in a chunk extension");
        return ++this.#extension < 4096 || this.#bad("a chunk's line is too long");
      case "size-lf":
        return c === 10 ? this.#sizeDone() : this.#bad("a CR without LF behind a chunk size");
      case "data-cr":
        if (c === 13) this.#state = "data-lf";
        else if (c === 10) this.#nextSize();
        else return this.#bad("no line end behind a chunk");
        return true;
      default: // data-lf
        if (c !== 10) return this.#bad("a CR without LF behind a chunk");
        this.#nextSize();
        return true;
    }
  }

  #sizeByte(c: number): boolean {
    const digit = hexDigit(c);
    if (digit >= 0) {
      if (++this.#digits > 13) return this.#bad("a chunk size is too large");
      this.#size = this.#size * 16 + digit;
      return true;
    }
    if (this.#digits === 0) return this.#bad("an invalid chunk size");
    if (c === 32 || c === 9) this.#state = "space";
    else if (c === 59) this.#state = "extension";
    else return this.#sizeEnd(c);
    return true;
  }

  #sizeEnd(c: number): boolean {
    if (c === 10) return this.#sizeDone();
    if (c !== 13) return this.#bad("an invalid chunk size");
    this.#state = "size-lf";
    return true;
  }

  #sizeDone(): boolean {
    this.#extension = 0;
    this.#state = this.#size === 0 ? "trailer" : "data";
    return true;
  }

  #nextSize(): void {
    this.#size = 0;
    this.#digits = 0;
    this.#state = "size";
  }

  #bad(reason: string): false {
    this.errorReason = reason;
    return false;
  }

  /** Trailers are read as the fields of a head; framing has nothing to learn of them, so such fields are refused. */
  #readTrailer(bytes: Buffer, at: number): number {
    const before = this.#trailer.length;
    const text = this.#trailer + latin1Text(bytes, at, Math.min(bytes.length, at + this.#maxTrailer));
    const parser = new HeadParser("response", { maxFields: 100, acceptInvalid: false });
    const start = "HTTP/1.1 200\r\n";
    const used = parser.parse(start + text);
    if (used < 0) {
      this.errorReason = parser.errorReason;
      this.errorAt = at + Math.max(0, parser.errorAt - start.length - before);
      return -1;
    }
    if (used === 0) {
      if (text.length >= this.#maxTrailer) {
        this.errorReason = "trailers are too large";
        this.errorAt = at;
        return -1;
      }
      this.#trailer = text;
      return bytes.length;
    }
    const { names, values } = parser;
    if (names.length > 0) {
      this.trailers = new Headers();
      for (const [index, name] of names.entries())
        if (!notTrailers.has(name)) this.trailers.add(name, values[index] as string);
    }
    this.ended = true;
    return at + used - start.length - before;
  }
}

type State = "size" | "space" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailer";

/** Never among trailers (RFC 9110 section 6.5.1): they would change framing or routing. */
const notTrailers = new Set([
  "content-length",
  "transfer-encoding",
  "host",
  "connection",
  "upgrade",
  "te",
  "trailer",
]);

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48;
  const lower = c | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
