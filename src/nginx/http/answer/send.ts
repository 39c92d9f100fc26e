import type { BodyLength, BodySink } from "../../../proxy/index.js";
import { nameCharset } from "../filters/charset.js";
import { beginGzip, GzipBody } from "../filters/gzip.js";
import { LimitedBody } from "../filters/limited-body.js";
import type { HttpRequest } from "../request.js";
import { addFields, hasTrailers, trailersOf } from "./added-fields.js";
import { conditionalStatus } from "./conditional.js";
import { makeHead } from "./head.js";

/** Where a content handler gives a body; as {@link BodySink}. */
export interface AnswerBody {
  /** false: stop until `onDrain`. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  onDrain: () => void;
}

/** Takes a body that isn't sent: of HEAD, and of what turned out not to be needed. */
const nowhere: AnswerBody = { write: () => true, end: () => {}, onDrain: () => {} };

/**
 * Sends the head of `request.answer` and gives what takes the body. The statuses' own rules hold: 304 and 412 by the request's conditions (only
 * for 200 that a file or a server gave), add_header, expires; then framing by the length, as far as it is known.
 *
 * @param onPrecondition what answers 412
 */
export function beginAnswer(request: HttpRequest): AnswerBody {
  const { answer, exchange, location } = request;
  if (request.overriddenStatus !== undefined && request.overriddenStatus !== answer.status) {
    answer.status = request.overriddenStatus;
    answer.reason = undefined;
  }
  const isMain = request.main === request;
  if (isMain) addFields(request);
  const layers = location.filters.length === 0 ? [] : location.filters.map((filter) => filter.begin(request));
  nameCharset(request);
  const gzip =
    isMain && location.gzip !== undefined && beginGzip(request, location.gzip) ? location.gzip : undefined;
  answer.sent = true;
  const isHead = request.method === "HEAD" || exchange.request.method === "HEAD";
  const withTrailers = isMain && !isHead && mayHaveTrailers(request);
  if (withTrailers) answer.length = undefined;
  const length = framing(request);
  answer.chunked = length === "chunked";
  const close = request.closes || request.connection.closes || mustClose(request);
  request.closes = close;
  request.keepsConnection = !close && exchange.wantsKeepAlive && length !== "close";
  const head = makeHead(request, length);
  // What of the request's body nobody wants is read and dropped, so that the connection can go on.
  const unread = !exchange.body.ended && !request.readsBody;
  if (unread && !close) discardBody(request);
  const sink = exchange.respond(head, length, { close, readsOn: !unread || !close });
  if (isHead || answer.status === 304 || answer.status === 204) {
    sink.end();
    return nowhere;
  }
  const counted = new CountedBody(request, sink, withTrailers && length === "chunked");
  let out = limited(request, counted);
  if (gzip !== undefined) out = new GzipBody(request, out, gzip);
  for (const layer of layers.reverse()) if (layer !== undefined) out = layer(out);
  return out;
}

/** Trailers are fields behind chunks: HTTP/1.0 has none. */
function mayHaveTrailers(request: HttpRequest): boolean {
  const { answer, exchange, location } = request;
  if (location.trailers.length === 0 || answer.status === 304 || answer.status === 204) return false;
  return exchange.request.version !== "1.0" && location.chunked && hasTrailers(request);
}

function framing({ answer, exchange, location }: HttpRequest): BodyLength {
  if (answer.status === 204 || answer.status === 304) return 0;
  if (answer.length !== undefined) return answer.length;
  return exchange.request.version === "1.0" || !location.chunked ? "close" : "chunked";
}

function discardBody({ exchange: { body } }: HttpRequest): void {
  body.handler = { onData: () => {}, onEnd: () => {}, onBroken: () => {} };
  body.resume();
}

/** Whether a connection ends after this request by what the location says. */
function mustClose({ location, connection }: HttpRequest): boolean {
  return (
    location.keepAliveTimeoutMs === 0 ||
    connection.requests >= location.keepAliveRequests ||
    (location.keepAliveTimeMs > 0 && performance.now() - connection.beganAt > location.keepAliveTimeMs)
  );
}

/** As fast as limit_rate lets it. */
function limited(request: HttpRequest, out: AnswerBody): AnswerBody {
  const { location } = request;
  const rate = request.limitRate ?? location.limitRate?.(request) ?? 0;
  if (rate <= 0) return out;
  return new LimitedBody(request, out, rate, location.limitRateAfter?.(request) ?? 0);
}

/**
 * Counts what is given of a body. A class: a literal with an accessor makes a shape of its own each time, which is old at once and keeps its request
 * through every collection of the young generation.
 */
class CountedBody implements AnswerBody {
  readonly #request: HttpRequest;
  readonly #sink: BodySink;
  readonly #hasTrailers: boolean;
  #timer: NodeJS.Timeout | undefined;
  #watched = false;

  constructor(request: HttpRequest, sink: BodySink, hasTrailers: boolean) {
    this.#request = request;
    this.#sink = sink;
    this.#hasTrailers = hasTrailers;
  }

  write(bytes: Uint8Array): boolean {
    this.#request.bodyBytesSent += bytes.length;
    const isTaken = this.#sink.write(bytes);
    if (!isTaken) this.#watch();
    return isTaken;
  }

  /** A client that takes nothing for send_timeout is given up. */
  #watch(): void {
    const request = this.#request;
    const { sendTimeoutMs } = request.location;
    if (this.#timer !== undefined || sendTimeoutMs === 0) return;
    this.#timer = setTimeout(() => {
      if (request.isFinished) return;
      const sentence = "client timed out (110: Connection timed out) while sending response to client";
      request.connection.log("info", sentence, request);
      request.exchange.abort();
    }, sendTimeoutMs);
    if (this.#watched) return;
    this.#watched = true;
    request.onEnd.push(() => clearTimeout(this.#timer));
  }

  end(): void {
    this.#sink.end(this.#hasTrailers ? trailersOf(this.#request) : undefined);
  }

  get onDrain(): () => void {
    return this.#sink.onDrain;
  }

  set onDrain(callback: () => void) {
    this.#sink.onDrain = () => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      callback();
    };
  }
}

/**
 * What a request's conditions say of an answer 200 that is about to be sent. 304: the answer is made one. 412: nothing is changed, and the caller
 * answers that.
 */
export function heedConditions(request: HttpRequest): "send" | 412 {
  const { answer } = request;
  const status = conditionalStatus(request);
  if (status === 412) return 412;
  if (status === 304) {
    answer.status = 304;
    answer.reason = undefined;
    answer.contentType = "";
    answer.length = undefined;
    answer.acceptsRanges = false;
    answer.remove("content-encoding");
  }
  return "send";
}

/** Answers with a text that is wholly there, whose length is told if it isn't one that nginx doesn't know yet. */
export function sendText(
  request: HttpRequest,
  text: string | Uint8Array,
  tells: "length" | "unknown length" = "length",
): void {
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  request.answer.length = tells === "length" ? bytes.length : undefined;
  const body = beginAnswer(request);
  body.write(bytes);
  body.end();
}
