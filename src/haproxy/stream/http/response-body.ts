import type { BodyHandler, BodySink, BodySource, Trailers } from "../../../proxy/index.js";
import type { ResponseTransform } from "../../run/index.js";
import type { HttpStream } from "./http-stream.js";
import { answerBroken, bodyWhole, bytesSent, clientBlocked } from "./response-progress.js";

/** Who leads an answer on when there is enough of its body. */
export interface ResponseBodyOwner {
  /** Content rules haven't let the answer pass yet. */
  readonly inspects: boolean;
  /** More of it came, or its end, while a rule waits for it. */
  bodyCame(body: ResponseBody): void;
  /** A rule has waited long enough. */
  bodyLate(): void;
  /** All of a body that isn't sent on has come. */
  bodyDrained(body: ResponseBody): void;
}

const nothing = Buffer.alloc(0);

type Storing = NonNullable<HttpStream["storing"]>;

/** An answer's body on its way to the client; held while a rule waits for it. */
export class ResponseBody implements BodyHandler {
  readonly source: BodySource;
  /** No body follows but another protocol. */
  readonly tunnel: boolean;
  readonly #stream: HttpStream;
  readonly #owner: ResponseBodyOwner;
  filtered = false;
  transforms: readonly ResponseTransform[] = [];
  whole: boolean;
  #sink: BodySink | undefined;
  #storing: Storing | undefined;
  #held: Buffer[] | undefined;
  #size = 0;
  #trailers: Trailers;
  #full = false;
  #late = false;
  #blocked = false;
  #cancelWait: (() => void) | undefined;
  /** It broke off while rules looked at it, or they broke it off. */
  #cut = false;

  constructor(stream: HttpStream, owner: ResponseBodyOwner, source: BodySource, tunnel: boolean) {
    this.#stream = stream;
    this.#owner = owner;
    this.source = source;
    this.tunnel = tunnel;
    this.whole = tunnel || source.length === 0 || source.ended;
    if (!this.whole) source.handler = this;
  }

  /** Whether enough of it is there, or will not be there in time. */
  waitFor(bytes: number, timeoutMs: number): boolean {
    if (this.whole || this.#full || this.#late || (bytes > 0 && this.#size >= bytes)) {
      this.#cancelWait?.();
      this.#cancelWait = undefined;
      return true;
    }
    if (this.#cancelWait === undefined) {
      this.#cancelWait = this.#stream.streams.process.after(timeoutMs, () => {
        this.#late = true;
        this.#owner.bodyLate();
      });
      this.collect();
    }
    return this.whole || this.#full || (bytes > 0 && this.#size >= bytes);
  }

  /** Has it come, and holds it. */
  collect(): void {
    if (this.#held !== undefined || this.settled) return;
    this.#held = [];
    this.source.resume();
  }

  /** Nothing more of it will come, or can be held. */
  get settled(): boolean {
    return this.whole || this.#full || this.#cut;
  }

  /** What has come and isn't sent yet. */
  get held(): Buffer {
    return this.#held === undefined ? nothing : Buffer.concat(this.#held);
  }

  /** What is held is all that is sent. */
  cutOff(): void {
    this.#cut = true;
  }

  /** Reads it without sending it on. */
  drain(storing: Storing | undefined): void {
    this.#draining = true;
    this.#storing = storing;
    for (const piece of this.#held ?? []) storing?.write(piece);
    this.#held = undefined;
    this.source.resume();
  }

  #draining = false;

  sendTo(sink: BodySink, storing: Storing | undefined): void {
    this.#sink = sink;
    this.#storing = storing;
    const stream = this.#stream;
    for (const piece of this.#held ?? []) {
      storing?.write(piece);
      sink.write(piece);
    }
    this.#held = undefined;
    if (this.whole) {
      this.#end(sink);
      return;
    }
    if (this.#cut) {
      answerBroken(stream, "aborted");
      return;
    }
    sink.onDrain = () => {
      if (!this.#blocked) return;
      this.#blocked = false;
      clientBlocked(stream, false);
      this.source.resume();
    };
    this.source.resume();
  }

  onData(bytes: Buffer): void {
    const stream = this.#stream;
    const { length } = bytes;
    const sink = this.#sink;
    if (this.#draining) {
      this.#storing?.write(bytes);
      bytesSent(stream, 0);
      return;
    }
    if (sink === undefined) {
      this.#hold(bytes);
      bytesSent(stream, length);
      this.#owner.bodyCame(this);
      return;
    }
    this.#storing?.write(bytes);
    const room = sink.write(bytes);
    bytesSent(stream, length);
    if (!room && !this.whole) {
      this.#blocked = true;
      this.source.pause();
      clientBlocked(stream, true);
    }
  }

  #hold(bytes: Buffer): void {
    const { tune } = this.#stream.streams.process.config.global;
    this.#held?.push(Buffer.from(bytes));
    this.#size += bytes.length;
    if (this.#size < tune.bufsize - tune.maxrewrite) return;
    this.#full = true;
    this.source.pause();
  }

  onEnd(trailers: Trailers): void {
    this.whole = true;
    this.#trailers = trailers;
    if (this.#draining) this.#owner.bodyDrained(this);
    else if (this.#sink === undefined) this.#owner.bodyCame(this);
    else this.#end(this.#sink);
  }

  #end(sink: BodySink): void {
    if (this.#storing !== undefined) {
      this.#storing.end(true);
      this.#storing = undefined;
      this.#stream.storing = undefined;
    }
    bodyWhole(this.#stream, this.#trailers);
    sink.end(this.#trailers);
  }

  onBroken(why: "aborted" | "malformed"): void {
    if (this.#cut) return;
    if (this.#owner.inspects && why === "aborted") {
      this.#cut = true;
      this.#owner.bodyCame(this);
    } else answerBroken(this.#stream, why);
  }

  abort(): void {
    this.#cancelWait?.();
    for (const transform of this.transforms) transform.abort?.();
  }
}
