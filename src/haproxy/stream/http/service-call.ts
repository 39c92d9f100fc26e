import type { BodyLength, BodySink, BodySource, RequestHead, ResponseHead } from "../../../proxy/index.js";
import { Headers } from "../../../proxy/index.js";
import type { ProxyRun, Service, ServiceCall, StreamRun } from "../../run/index.js";
import type { HttpStream } from "./http-stream.js";
import { respondForService } from "./service-answer.js";

/** Has a service answer a request. */
export function serveService(stream: HttpStream, service: Service, proxy: ProxyRun): void {
  try {
    service.serve(new Call(stream, proxy));
  } catch {
    if (stream.responded) stream.breakOff();
    else {
      stream.tally.internalError();
      stream.own.refuse(500, "I", "R");
    }
  }
}

class Call implements ServiceCall {
  readonly #stream: HttpStream;
  readonly proxy: ProxyRun;
  onGone: () => void = ignore;

  constructor(stream: HttpStream, proxy: ProxyRun) {
    this.#stream = stream;
    this.proxy = proxy;
    stream.onServiceGone = () => this.onGone();
  }

  get stream(): StreamRun {
    return this.#stream;
  }

  get request(): RequestHead {
    return this.#stream.request;
  }

  get body(): BodySource {
    return new ServiceBody(this.#stream);
  }

  respond(head: ResponseHead, length: BodyLength): BodySink {
    const stream = this.#stream;
    return new CountingSink(stream, respondForService(stream, head, length));
  }

  refuse(status: number, realm?: string): void {
    const stream = this.#stream;
    stream.status = status;
    if (realm === undefined) {
      stream.own.answer();
      return;
    }
    stream.own.askForUser(status, realm);
  }
}

/** What came of the body while rules waited comes first. */
class ServiceBody implements BodySource {
  readonly #stream: HttpStream;
  readonly #source: BodySource;
  #given = false;

  constructor(stream: HttpStream) {
    this.#stream = stream;
    this.#source = stream.exchange.body;
  }

  get length() {
    return this.#source.length;
  }

  get received() {
    return this.#source.received;
  }

  get ended() {
    return this.#source.ended && this.#given;
  }

  handler: BodySource["handler"] = { onData() {}, onEnd() {}, onBroken() {} };

  resume(): void {
    const stream = this.#stream;
    if (!this.#given) {
      this.#given = true;
      if (stream.exchange.expectsContinue)
        stream.exchange.inform({ status: 100, reason: "Continue", version: "1.1", headers: new Headers() });
      if (stream.body.length > 0) this.handler.onData(stream.body);
      if (stream.bodyComplete) {
        this.handler.onEnd(stream.trailers);
        return;
      }
      const { handler } = this;
      this.#source.handler = {
        onData(bytes) {
          stream.bytesIn += bytes.length;
          handler.onData(bytes);
        },
        onEnd(trailers) {
          stream.bodyComplete = true;
          handler.onEnd(trailers);
        },
        onBroken(why) {
          handler.onBroken(why);
        },
      };
    }
    this.#source.resume();
  }

  pause(): void {
    this.#source.pause();
  }
}

class CountingSink implements BodySink {
  readonly #stream: HttpStream;
  readonly #sink: BodySink;
  #onDrain: () => void = ignore;

  constructor(stream: HttpStream, sink: BodySink) {
    this.#stream = stream;
    this.#sink = sink;
  }

  get onDrain(): () => void {
    return this.#onDrain;
  }

  set onDrain(drain: () => void) {
    this.#onDrain = drain;
    this.#sink.onDrain = drain;
  }

  write(bytes: Uint8Array): boolean {
    this.#stream.bytesOut += bytes.length;
    return this.#sink.write(bytes);
  }

  end(trailers?: Headers): void {
    this.#sink.end(trailers);
  }
}

function ignore(): void {}
