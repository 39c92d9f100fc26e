import type {
  BodyLength,
  BodySink,
  BodySource,
  Exchange,
  RequestHead,
  ResponseHead,
  Wire,
} from "../../../proxy/index.js";

/** What becomes of a body that a request within a request is answered. */
export type TakeBody = (bytes: Uint8Array) => void;

/**
 * Stands for a client's exchange where one request is answered within another: its head is the other one's, its answer is given to who asked, or to nobody.
 */
export class SubExchange implements Exchange {
  readonly request: RequestHead;
  readonly body: BodySource;
  readonly wantsKeepAlive = false;
  readonly expectsContinue = false;
  readonly upgrade = undefined;
  readonly pipelined = false;
  sentBytes = 0;
  onGone: Exchange["onGone"] = () => {};
  onFinished: () => void = () => {};
  readonly #around: Exchange;
  readonly #take: TakeBody;
  #finished = false;

  /** @param length of the body that it is answered as if it had; 0: none */
  constructor(around: Exchange, method: string, length: BodyLength, take: TakeBody) {
    this.#around = around;
    this.#take = take;
    this.request = { ...around.request, method };
    this.body = {
      length,
      received: length === 0 ? 0 : around.body.received,
      ended: true,
      handler: around.body.handler,
      resume: () => {},
      pause: () => {},
    };
  }

  get info() {
    return this.#around.info;
  }

  get times() {
    return this.#around.times;
  }

  get number() {
    return this.#around.number;
  }

  get headBytes() {
    return this.#around.headBytes;
  }

  inform(): void {}

  respond(_head: ResponseHead): BodySink {
    return {
      write: (bytes) => {
        this.sentBytes += bytes.length;
        this.#take(bytes);
        return true;
      },
      end: () => this.#finish(),
      onDrain: () => {},
    };
  }

  respondRaw(): void {
    this.#finish();
  }

  tunnel(): Wire {
    throw new Error("a request within another has no connection of its own");
  }

  abort(): void {
    this.#finish();
  }

  /** Later: who ends it may still have to do with it. */
  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    setImmediate(() => this.onFinished());
  }
}
