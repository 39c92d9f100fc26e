import type { BodyHandler, BodySink, BodySource, Trailers } from "../../../proxy/index.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";
import { endSize } from "./message-size.js";
import { bodyBroken, bodyCame } from "./request-body-wait.js";
import { serverBlocked } from "./response-progress.js";

const nothing = Buffer.alloc(0);

/** What a request's body ended by: the client's connection was closed, the client was silent, its framing can't be read. */
export type CutBody = "closed" | "late" | "malformed";

/** A request's body on its way: held while rules wait for it, then sent to a server; kept where it may have to be sent again. */
export class RequestBody implements BodyHandler {
  readonly #stream: HttpStream;
  readonly #source: BodySource;
  #pieces: Buffer[] = [];
  #size = 0;
  #joined: Buffer | undefined = nothing;
  #sink: BodySink | undefined;
  #keeps = false;
  #started = false;
  #trailers: Trailers;
  /** No more can be held. */
  full = false;
  broken = false;
  /** The server takes less than comes. */
  blocked = false;
  /** Why it won't be whole, where rules are run to their end all the same. */
  cut: CutBody | undefined;

  constructor(stream: HttpStream, source: BodySource) {
    this.#stream = stream;
    this.#source = source;
    if (!stream.bodyComplete) source.handler = this;
  }

  /** What has come and isn't sent (or is kept). */
  get held(): Buffer {
    return (this.#joined ??= Buffer.concat(this.#pieces));
  }

  /** So much of it is there (0: all of it), or as much as can be held. */
  has(bytes: number): boolean {
    return this.#stream.bodyComplete || this.full || (bytes > 0 && this.held.length >= bytes);
  }

  /** It can be sent once more from its beginning. */
  get canRepeat(): boolean {
    return (
      this.#sink === undefined || this.#source.length === 0 || (this.#keeps && this.#stream.bodyComplete)
    );
  }

  collect(): void {
    if (this.#started || this.#stream.bodyComplete) return;
    this.#started = true;
    this.#source.resume();
  }

  keepForRetry(): void {
    this.#keeps = true;
  }

  forgetRetry(): void {
    this.#keeps = false;
    if (this.#sink !== undefined && this.#size > 0) this.#drop();
  }

  /** Nobody wants it any more. */
  discard(): void {
    this.#drop();
    this.#sink = undefined;
  }

  #drop(): void {
    this.#pieces = [];
    this.#joined = nothing;
    this.#size = 0;
  }

  sendTo(sink: BodySink): void {
    this.#sink = sink;
    const stream = this.#stream;
    if (this.#size > 0) {
      const { held } = this;
      sink.write(held);
      if (!this.#keeps) this.#drop();
    }
    if (stream.bodyComplete) {
      if (stream.ended) return;
      sink.end(this.#trailers);
      return;
    }
    sink.onDrain = () => {
      if (this.#sink !== sink) return;
      this.blocked = false;
      if (stream.answered) serverBlocked(stream, false);
      this.#source.resume();
    };
    this.#started = true;
    this.#moved();
    this.#source.resume();
  }

  onData(bytes: Buffer): void {
    const stream = this.#stream;
    stream.bytesIn += bytes.length;
    const sink = this.#sink;
    if (sink === undefined || this.#keeps) this.#hold(bytes);
    if (sink === undefined) {
      if (this.full) this.#source.pause();
      bodyCame(stream);
      return;
    }
    if (!sink.write(bytes)) {
      this.blocked = true;
      this.#source.pause();
    }
    this.#moved();
  }

  /** It is on its way: the server isn't expected to answer before it has it, and the client's silence isn't timed while the server's is. */
  #moved(): void {
    const stream = this.#stream;
    const { deadlines, now } = stream;
    stream.lastActivity = now;
    if (stream.answered) {
      serverBlocked(stream, this.blocked && !stream.bodyComplete);
      return;
    }
    if (deadlines.serverActive !== never) deadlines.serverActive = now;
    if (stream.bodyComplete || stream.serverTimeoutMs) deadlines.clientActive = never;
    else {
      deadlines.clientActive = now;
      deadlines.watch();
    }
  }

  #hold(bytes: Buffer): void {
    const { tune } = this.#stream.streams.process.config.global;
    this.#pieces.push(Buffer.from(bytes));
    this.#joined = undefined;
    this.#size += bytes.length;
    if (this.#size < tune.bufsize - tune.maxrewrite) return;
    this.full = true;
    if (this.#sink !== undefined) this.forgetRetry();
  }

  onEnd(trailers: Trailers): void {
    const stream = this.#stream;
    stream.bodyComplete = true;
    stream.bytesIn += endSize(this.#source.length, stream.exchange.request.version, trailers);
    this.#trailers = trailers;
    const sink = this.#sink;
    if (sink === undefined) {
      bodyCame(stream);
      return;
    }
    sink.end(trailers);
    if (stream.answered) stream.link.release();
    this.#moved();
  }

  onBroken(why: "aborted" | "malformed"): void {
    this.broken = true;
    bodyBroken(this.#stream, why);
  }
}
