import { parseResponse } from "./http-message.js";
import type { CheckResponse } from "./steps.js";

const empty = Buffer.alloc(0);

/** An error of a connection, with its code. */
export type ConnectionError = Error & { readonly code?: string };

/** What a server has said since the last `send`, as far as it is understood: bytes alone, without the connection that they came on. */
export class Answer {
  /** All of it, or of HTTP the message's body as far as it has come. */
  received: Buffer = empty;
  response: CheckResponse | undefined;
  /** It is no answer of HTTP. */
  malformed = false;
  /** Nothing more comes: the connection's end, and the error that it broke by. */
  ended = false;
  error: ConnectionError | undefined;
  readonly #http: boolean;
  readonly #limit: number;
  #raw: Buffer = empty;
  #method = "";
  #complete = false;

  /** `limit`: how many bytes are looked at. */
  constructor(http: boolean, limit: number) {
    this.#http = http;
    this.#limit = limit;
  }

  get isEmpty(): boolean {
    return this.#raw.length === 0;
  }

  /** There won't be more of it. */
  get isLast(): boolean {
    return this.ended || this.#raw.length >= this.#limit || this.#complete;
  }

  /** A new connection has begun. */
  begin(): void {
    this.ended = false;
    this.error = undefined;
  }

  /** Something is sent: what has come before is no answer to it. `method`: of a request. */
  forget(method?: string): void {
    this.#raw = empty;
    this.received = empty;
    this.response = undefined;
    this.#complete = false;
    this.malformed = false;
    if (method !== undefined) this.#method = method;
  }

  /** false: there is room for no more. */
  take(bytes: Buffer): boolean {
    const room = this.#limit - this.#raw.length;
    this.#raw = Buffer.concat([this.#raw, bytes.subarray(0, room)]);
    return room > bytes.length;
  }

  /** What HTTP/2 has understood of it. */
  takeMessage(response: CheckResponse, body: Buffer, complete: boolean): void {
    this.#raw = Buffer.from("HTTP/2");
    this.response = response;
    this.received = body;
    this.#complete = complete;
  }

  /** false: that was known. */
  finish(error: ConnectionError | undefined): boolean {
    if (this.ended && error === undefined) return false;
    this.ended = true;
    this.error ??= error;
    return true;
  }

  /** Understands the bytes that have come. */
  parse(): void {
    if (!this.#http) {
      this.received = this.#raw;
      return;
    }
    const parsed = parseResponse(this.#raw, this.ended, this.#method);
    if (parsed === "malformed") this.malformed = true;
    else if (parsed !== undefined) {
      this.response = parsed.response;
      this.received = parsed.body;
      this.#complete = parsed.complete;
    }
  }
}
