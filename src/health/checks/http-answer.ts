// An answer of HTTP/1.x as far as it is looked at (RFC 9112, sections 4 and 6):
//
//   HTTP/1.1 200 OK CRLF  *( field ":" value CRLF )  CRLF  body
//
// The body is what stands behind the empty line, as it came: a chunked one with its chunks' lengths, as genhash takes it.
import { createHash } from "node:crypto";
import type { HttpUrl } from "../../config/keepalived/model/index.js";
import { type Answer, failed, passed } from "./answer.js";
import { searchPattern } from "./regex.js";

/** Bytes of status line and fields. */
const longestHead = 64 * 1024;
/** Bytes of a body. */
const longestBody = 32 * 1024 * 1024;
/** Bytes of a body that an expression is looked for in. */
const longestSubject = 1024 * 1024;

/** What a server says to one url, as it comes. */
export class HttpAnswer {
  readonly #url: HttpUrl;
  readonly #hash: ReturnType<typeof createHash> | undefined;
  readonly #kept: Buffer[] = [];
  #keptLength = 0;
  #head = Buffer.alloc(0);
  #status: number | undefined;
  #contentLength: number | undefined;
  #length = 0;

  constructor(url: HttpUrl) {
    this.#url = url;
    this.#hash = url.digest === undefined ? undefined : createHash("md5");
  }

  /** Whether anything has come. */
  get begun(): boolean {
    return this.#status !== undefined || this.#head.length > 0;
  }

  /** Takes bytes. "done": the body is as long as it said; nothing more has to be read. "too long": no more will be. */
  take(bytes: Buffer): "more" | "done" | "too long" {
    if (this.#status !== undefined) return this.#body(bytes);
    const before = Math.max(0, this.#head.length - 3);
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf("\r\n\r\n", before, "latin1");
    if (end < 0) return this.#head.length > longestHead ? "too long" : "more";
    const head = this.#head.toString("latin1", 0, end + 2);
    const rest = this.#head.subarray(end + 4);
    this.#status = statusOf(head);
    this.#contentLength = contentLengthOf(head);
    this.#head = Buffer.alloc(0);
    return this.#body(rest);
  }

  /** What it comes to, in the real one's order: an answer, its status, its digest, its expression. */
  judge(): Answer {
    const { status, digest, regex } = this.#url;
    if (this.#status === undefined) return failed("Read, no data received from ");
    if (!isGood(this.#status, status)) return failed("HTTP status code error to");
    const expected = this.#contentLength;
    const note =
      expected === undefined || expected === this.#length
        ? {}
        : { note: `content_length (${expected}) does not match received bytes (${this.#length})` };
    if (this.#hash && this.#hash.digest("hex") !== digest?.toLowerCase())
      return failed("MD5 digest error to");
    if (!regex) return { ...passed(digest === undefined ? "HTTP status code" : "MD5 digest"), ...note };
    const found = searchPattern(regex, Buffer.concat(this.#kept));
    if (typeof found === "string") return { outcome: "unknown", detail: found };
    return found === regex.noMatch ? failed("Regex match failed") : { ...passed("Regex match"), ...note };
  }

  #body(bytes: Buffer): "more" | "done" | "too long" {
    const left = this.#contentLength === undefined ? bytes.length : this.#contentLength - this.#length;
    const counted = left < bytes.length ? bytes.subarray(0, Math.max(0, left)) : bytes;
    this.#hash?.update(counted);
    this.#length += bytes.length;
    if (this.#url.regex && this.#keptLength < longestSubject) {
      const piece = bytes.subarray(0, longestSubject - this.#keptLength);
      this.#kept.push(piece);
      this.#keptLength += piece.length;
    }
    if (this.#contentLength !== undefined && this.#length >= this.#contentLength) return "done";
    return this.#length > longestBody ? "too long" : "more";
  }
}

/** The status, or 0 of what is none. */
function statusOf(head: string): number {
  return Number(/^[^ \r\n]* (\d{3})(?: |\r)/.exec(head)?.[1] ?? 0);
}

function contentLengthOf(head: string): number | undefined {
  const digits = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n/i.exec(head)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function isGood(status: number, ranges: HttpUrl["status"]): boolean {
  if (status < 100 || status > 599) return false;
  if (ranges.length === 0) return status >= 200 && status <= 299;
  return ranges.some(({ from, to }) => from <= status && status <= to);
}
