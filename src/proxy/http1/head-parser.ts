import { type FieldFacts, newFacts, noteField } from "./framing-fields.js";
import { endFraming } from "./head-end.js";
import { isAtLeast11, isVersionCharacter } from "./http-version.js";
import { lowerCaseName, token } from "./tables.js";

const CR = 13;
const LF = 10;
const SP = 32;
const HT = 9;
const COLON = 58;

export interface HeadLimits {
  readonly maxFields: number;
  /** As option accept-invalid-http-request and -response. */
  readonly acceptInvalid: boolean;
  /**
   * Fields stay as they came, with their names' letters, also what is between two neighbours (Connection, TE): who sends them on makes heads of his
   * own. So a Host may differ from an absolute target, and a GET of HTTP/1.0 may have a body of a length.
   */
  readonly keepsFields?: boolean;
  /** A version other than 1.x is refused with 505. */
  readonly onlyHttp1?: boolean;
}

/**
 * Reads the head of an HTTP/1 message (RFC 9112 sections 2 to 5): a start line, fields, an empty line.
 *
 * It is given all that has come of the head as latin1 text, each time from the same beginning, and goes on with the line where it stopped.
 * Lines end with CRLF or LF; a field that goes on in the next line (obs-fold) is joined by spaces; both as HAProxy does. What is sent on is
 * made anew from what was understood, so that the next reader can't understand it in another way.
 */
export class HeadParser {
  readonly #isResponse: boolean;
  readonly #limits: HeadLimits;
  /** Where the next line begins. */
  #at = 0;
  #startLineDone = false;

  method = "";
  target = "";
  /** As it stands, such as "HTTP/1.1"; empty for HTTP/0.9. */
  versionText = "";
  is11 = false;
  status = 0;
  reason = "";
  names: string[] = [];
  values: string[] = [];
  /** Names as they came, where they are kept. */
  written: string[] | undefined;
  facts: FieldFacts;
  /** Where something invalid was taken all the same; -1: nowhere. */
  toleratedAt = -1;
  errorAt = -1;
  errorReason = "";
  /** The status that refuses a request. */
  errorStatus = 400;

  constructor(kind: "request" | "response", limits: HeadLimits) {
    this.#isResponse = kind === "response";
    this.#limits = limits;
    if (limits.keepsFields) this.written = [];
    this.facts = newFacts(this.#isResponse);
  }

  reset(): void {
    this.#at = 0;
    this.#startLineDone = false;
    this.names = [];
    this.values = [];
    if (this.written !== undefined) this.written = [];
    this.facts = newFacts(this.#isResponse);
    this.toleratedAt = -1;
    this.errorAt = -1;
    this.errorReason = "";
  }

  /** The head's length (more than 0), 0 when more is needed, -1 when it is wrong (`errorAt`, `errorReason`). */
  parse(text: string): number {
    if (!this.#startLineDone) {
      const next = this.#isResponse ? this.#statusLine(text) : this.#requestLine(text);
      if (next <= 0) return next;
      this.#startLineDone = true;
      this.#at = next;
    }
    return this.#fields(text);
  }

  #wrong(at: number, reason: string, status = 400): -1 {
    this.errorAt = at;
    this.errorReason = reason;
    this.errorStatus = status;
    return -1;
  }

  /** Notes something invalid that is taken where invalid messages are; otherwise it is wrong. */
  #tolerate(at: number, reason: string): boolean {
    if (!this.#limits.acceptInvalid) {
      this.#wrong(at, reason);
      return false;
    }
    if (this.toleratedAt < 0) this.toleratedAt = at;
    return true;
  }

  /** Where the first line begins that isn't empty; -1 wrong, or the text's length. */
  #skipEmptyLines(text: string): number {
    let at = this.#at;
    for (;;) {
      const c = at < text.length ? text.charCodeAt(at) : -1;
      if (c === LF) at++;
      else if (c === CR) {
        if (at + 1 >= text.length) return text.length;
        if (text.charCodeAt(at + 1) !== LF) return this.#wrong(at + 1, "a CR without LF");
        at += 2;
      } else return at;
    }
  }

  #requestLine(text: string): number {
    const length = text.length;
    let at = this.#skipEmptyLines(text);
    if (at < 0) return -1;
    if (at >= length) return 0;
    const methodAt = at;
    while (at < length && token[text.charCodeAt(at)] === 1) at++;
    if (at >= length) return 0;
    let c = text.charCodeAt(at);
    if (at === methodAt || (c !== SP && c !== HT && c !== CR && c !== LF))
      return this.#wrong(at, "an invalid character in the method");
    this.method = text.substring(methodAt, at);
    while (at < length && ((c = text.charCodeAt(at)) === SP || c === HT)) at++;
    if (at >= length) return 0;
    const targetAt = at;
    for (; at < length; at++) {
      c = text.charCodeAt(at);
      if (c >= 33 && c <= 126) continue;
      if (c < 128) break;
      if (!this.#tolerate(at, "an invalid character in the request target")) return -1;
    }
    if (at >= length) return 0;
    if (c !== SP && c !== HT && c !== CR && c !== LF)
      return this.#wrong(at, "an invalid character in the request target");
    this.target = text.substring(targetAt, at);
    while (at < length && ((c = text.charCodeAt(at)) === SP || c === HT)) at++;
    const versionAt = at;
    if (text.startsWith("HTTP/1.", at)) at += 7;
    while (at < length && isVersionCharacter(text.charCodeAt(at))) at++;
    if (at >= length) return 0;
    const next = this.#lineEnd(text, at, "an invalid character in the HTTP version");
    if (next <= 0) return next;
    this.versionText = text.substring(versionAt, at);
    if (!this.#requestVersion(versionAt)) return -1;
    return next;
  }

  /** RFC 9112 section 2.3; without a version it is HTTP/0.9's "GET /path", which is taken as HTTP/1.0's where invalid messages are. */
  #requestVersion(at: number): boolean {
    const text = this.versionText;
    if (this.#limits.onlyHttp1 === true && /^HTTP\/(?!1\.)\d\.\d$/.test(text)) {
      this.#wrong(at, "an HTTP version that isn't 1", 505);
      return false;
    }
    if (text === "HTTP/1.1") this.is11 = true;
    else if (text === "HTTP/1.0") this.is11 = false;
    else if (text === "") {
      if (!this.#limits.acceptInvalid || this.method !== "GET" || this.target === "") {
        this.#wrong(at, "no HTTP version");
        return false;
      }
    } else if (!/^HTTP\/\d\.\d$/.test(text)) {
      if (!this.#tolerate(at, "an invalid HTTP version")) return false;
      this.is11 = false;
    } else this.is11 = isAtLeast11(text);
    return true;
  }

  #statusLine(text: string): number {
    const length = text.length;
    let at = this.#skipEmptyLines(text);
    if (at < 0) return -1;
    if (at >= length) return 0;
    const versionAt = at;
    while (at < length && isVersionCharacter(text.charCodeAt(at))) at++;
    if (at >= length) return 0;
    let c = text.charCodeAt(at);
    if (c !== SP && c !== HT) return this.#wrong(at, "an invalid character in the HTTP version");
    this.versionText = text.substring(versionAt, at);
    while (at < length && ((c = text.charCodeAt(at)) === SP || c === HT)) at++;
    const codeAt = at;
    let status = 0;
    while (at < length && (c = text.charCodeAt(at)) >= 48 && c <= 57) {
      status = status * 10 + c - 48;
      at++;
    }
    if (at >= length) return 0;
    if (at !== codeAt + 3 || (c !== SP && c !== HT && c !== CR && c !== LF) || status < 100)
      return this.#wrong(at, "an invalid status code");
    while (at < length && ((c = text.charCodeAt(at)) === SP || c === HT)) at++;
    const reasonAt = at;
    const lf = text.indexOf("\n", at);
    const cr = text.indexOf("\r", at);
    const end = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
    if (end < 0) return 0;
    const next = this.#lineEnd(text, end, "");
    if (next <= 0) return next;
    this.status = status;
    this.reason = text.substring(reasonAt, end);
    if (this.versionText === "HTTP/1.1") this.is11 = true;
    else if (!/^[A-Z]{4}\/\d\.\d$/.test(this.versionText)) {
      if (!this.#tolerate(versionAt, "an invalid HTTP version")) return -1;
      this.is11 = false;
    } else this.is11 = isAtLeast11(this.versionText);
    return next;
  }

  /** Where the next line begins, of a line that ends at CR or LF. */
  #lineEnd(text: string, at: number, reason: string): number {
    const c = text.charCodeAt(at);
    if (c === LF) return at + 1;
    if (c !== CR) return this.#wrong(at, reason);
    if (at + 1 >= text.length) return 0;
    return text.charCodeAt(at + 1) === LF ? at + 2 : this.#wrong(at + 1, "a CR without LF");
  }

  #fields(text: string): number {
    const length = text.length;
    const { names, values } = this;
    // Where the next CR or NUL is, so that every byte is looked at once.
    let cr = text.indexOf("\r", this.#at);
    let nul = text.indexOf("\0", this.#at);
    for (;;) {
      const at = this.#at;
      if (at >= length) return 0;
      const first = text.charCodeAt(at);
      if (first === CR || first === LF) {
        if (first === LF) return this.#headEnd(at + 1);
        if (at + 1 >= length) return 0;
        if (text.charCodeAt(at + 1) !== LF) return this.#wrong(at + 1, "a CR without LF");
        return this.#headEnd(at + 2);
      }
      let colon = at;
      while (colon < length && token[text.charCodeAt(colon)] === 1) colon++;
      if (colon >= length) return 0;
      if (text.charCodeAt(colon) !== COLON) {
        colon = this.#invalidName(text, colon);
        if (colon <= 0) return colon;
      }
      if (colon === at) return this.#wrong(at, "a header field without a name");

      let lf = text.indexOf("\n", colon + 1);
      let fold = false;
      for (;;) {
        const end = lf < 0 ? length : lf;
        if (cr >= 0 && cr <= colon) cr = text.indexOf("\r", colon);
        while (cr >= 0 && cr < end) {
          // What comes first is told first, however much has come of the rest.
          if (!this.#takesNul(nul, cr)) return -1;
          if (cr + 1 >= length) return 0;
          if (cr + 1 !== lf) return this.#wrong(cr + 1, "a CR without LF");
          cr = text.indexOf("\r", cr + 1);
        }
        if (!this.#takesNul(nul, end)) return -1;
        // Whether the field goes on is known with the next line's first character.
        if (lf < 0 || lf + 1 >= length) return 0;
        const following = text.charCodeAt(lf + 1);
        if (following !== SP && following !== HT) break;
        fold = true;
        lf = text.indexOf("\n", lf + 1);
      }
      if (nul >= 0 && nul < lf) nul = text.indexOf("\0", lf);
      let from = colon + 1;
      let to = lf;
      let c = 0;
      while (from < to && ((c = text.charCodeAt(from)) === SP || c === HT || c === CR || c === LF)) from++;
      while (to > from && ((c = text.charCodeAt(to - 1)) === SP || c === HT || c === CR || c === LF)) to--;
      let value = text.substring(from, to);
      if (fold) value = value.replace(/\r?\n[ \t]/g, (found) => " ".repeat(found.length));
      const name = lowerCaseName(text.substring(at, colon));
      const fault = noteField(this.facts, name, value, this.target, this.method);
      if (fault?.kind === "wrong") return this.#wrong(from, fault.value);
      const tolerable =
        fault?.kind === "tolerable" && !(this.#limits.keepsFields && this.method !== "CONNECT");
      if (tolerable && !this.#tolerate(from, fault.value)) return -1;
      if (fault?.kind === "dropped" && name === "host" && this.#limits.keepsFields)
        return this.#wrong(from, "several Hosts");
      const asItCame = this.written !== undefined && (name === "connection" || name === "te");
      if (fault?.kind !== "dropped" || asItCame) {
        if (names.length >= this.#limits.maxFields) return this.#wrong(lf + 1, "too many header fields");
        names.push(name);
        values.push(fault?.kind === "kept" && !asItCame ? fault.value : value);
        this.written?.push(text.substring(at, colon));
      }
      this.#at = lf + 1;
    }
  }

  /** @param nul where the next NUL is, or -1 @returns whether there is none before a place, or it is taken */
  #takesNul(nul: number, before: number): boolean {
    return nul < 0 || nul >= before || this.#tolerate(nul, "a NUL in a header field");
  }

  /** The colon behind a name that isn't a token, where such names are taken. */
  #invalidName(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      const c = text.charCodeAt(at);
      if (c === COLON) return at;
      if (token[c] === 1) continue;
      // Never a line without a colon, nor what could be read as a line's end or as the end of the name.
      if (c === LF || c === CR || c === 0)
        return this.#wrong(at, "an invalid character in a header field's name");
      if (!this.#tolerate(at, "an invalid character in a header field's name")) return -1;
    }
    return 0;
  }

  #headEnd(next: number): number {
    const { facts } = this;
    const dropsLength = facts.transferEncoding && facts.contentLength >= 0;
    const fault = endFraming(facts, this.method, this.is11, this.#limits.keepsFields === true);
    if (fault !== undefined) return this.#wrong(next, fault.reason, fault.status);
    if (dropsLength) this.#drop("content-length");
    return next;
  }

  #drop(name: string): void {
    const at = this.names.indexOf(name);
    if (at < 0) return;
    this.names.splice(at, 1);
    this.values.splice(at, 1);
    this.written?.splice(at, 1);
  }
}
