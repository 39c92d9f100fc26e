import { Outcome } from "../../rules/outcome.js";
import type { HttpStream } from "./http-stream.js";
import { knownLength, requestSize, responseSize } from "./message-size.js";

/** What HAProxy's own form of a message (HTX) takes beside its text: for a field, and for the message. */
const blockSize = 8;
const messageSize = 48;

/** How much rules may still add to a stream's messages: HAProxy's buffers have tune.bufsize bytes, of which rules have tune.maxrewrite. */
export class RewriteRoom {
  readonly #stream: HttpStream;
  #request = -1;
  #response = -1;

  constructor(stream: HttpStream) {
    this.#stream = stream;
  }

  /** false: so many bytes more have no room. */
  take(inRequest: boolean, bytes: number): boolean {
    if (inRequest) {
      if (this.#request < 0) this.#request = this.#ofRequest();
      if (this.#request < bytes) return false;
      this.#request -= bytes;
      return true;
    }
    if (this.#stream.response === undefined) return true;
    if (this.#response < 0) this.#response = this.#ofResponse();
    if (this.#response < bytes) return false;
    this.#response -= bytes;
    return true;
  }

  give(inRequest: boolean, bytes: number): void {
    if (inRequest && this.#request >= 0) this.#request += bytes;
    else if (!inRequest && this.#response >= 0) this.#response += bytes;
  }

  /** A message can't be changed as a rule asks for. */
  failed(): Outcome {
    const stream = this.#stream;
    stream.tally.rewriteFailure();
    if (stream.lenient) return Outcome.next;
    stream.endsBy("P", "-");
    return Outcome.error;
  }

  #ofRequest(): number {
    const { request, body, exchange } = this.#stream;
    const held = Math.max(body.length, knownLength(exchange.body.length));
    return this.#left(requestSize(request), request.headers.length, held);
  }

  #ofResponse(): number {
    const { response, answer } = this.#stream;
    if (response === undefined) return 0;
    const held = knownLength(answer.body?.source.length ?? 0);
    return this.#left(responseSize(response), response.headers.length, held);
  }

  #left(head: number, fields: number, body: number): number {
    const { tune } = this.#stream.streams.process.config.global;
    const used = head + blockSize * (fields + 3) + body;
    const size = tune.bufsize - messageSize;
    return size - Math.min(used, size - tune.maxrewrite);
  }
}
