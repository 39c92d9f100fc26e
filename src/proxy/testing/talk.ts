import type { BadRequest, Exchange, ServerHandler, ServerOptions } from "../http/exchange.js";
import { Headers } from "../http/headers.js";
import type { ResponseHead, Trailers } from "../http/message.js";
import type { Wire } from "../wire/wire.js";

export const testOptions: ServerOptions = {
  maxHeadBytes: 15_360,
  maxFields: 101,
  headTimeoutMs: 0,
  idleTimeoutMs: 0,
  acceptInvalid: false,
  allowH2Preface: true,
};

/** Lets everything that waits in microtasks and immediates happen. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done));
}

/** What came to one side of a wire. */
export class Listener {
  text = "";
  bytes = 0;
  ended = false;
  closed = false;
  error: Error | undefined;
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
    wire.handler = {
      onData: (bytes) => {
        this.bytes += bytes.length;
        if (this.text.length < 1e6) this.text += bytes.toString("latin1");
      },
      onEnd: () => {
        this.ended = true;
      },
      onDrain() {},
      onClose: (error) => {
        this.closed = true;
        this.error = error;
      },
    };
    wire.resume();
  }

  /** What came since it was asked last. */
  take(): string {
    const { text } = this;
    this.text = "";
    return text;
  }

  get wire(): Wire {
    return this.#wire;
  }
}

export interface Seen {
  readonly exchange: Exchange;
  body: string;
  trailers: Trailers;
  broken: string | undefined;
  gone: string | undefined;
  finished: boolean;
}

/** Records what a server's connection is asked; `answer` is called when a request's body has ended. */
export class Recorder implements ServerHandler {
  readonly seen: Seen[] = [];
  readonly bad: BadRequest[] = [];
  closed = 0;
  readonly #answer: (seen: Seen) => void;

  constructor(answer: (seen: Seen) => void = () => {}) {
    this.#answer = answer;
  }

  onExchange(exchange: Exchange): void {
    const seen: Seen = {
      exchange,
      body: "",
      trailers: undefined,
      broken: undefined,
      gone: undefined,
      finished: false,
    };
    this.seen.push(seen);
    exchange.onGone = (how) => {
      seen.gone = how;
    };
    exchange.onFinished = () => {
      seen.finished = true;
    };
    exchange.body.handler = {
      onData: (bytes) => {
        seen.body += bytes.toString("latin1");
      },
      onEnd: (trailers) => {
        seen.trailers = trailers;
        this.#answer(seen);
      },
      onBroken: (why) => {
        seen.broken = why;
        if (why === "aborted") exchange.abort();
        else this.onMalformed(exchange);
      },
    };
    exchange.body.resume();
  }

  /** A body's framing is wrong. */
  onMalformed: (exchange: Exchange) => void = () => {};

  onBadRequest(bad: BadRequest): void {
    this.bad.push(bad);
    bad.answer(Buffer.from(`HTTP/1.1 ${bad.status} Bad\r\nconnection: close\r\n\r\n`));
  }

  onClosed(): void {
    this.closed++;
  }
}

export function ok(fields: Record<string, string> = {}, status = 200): ResponseHead {
  return {
    status,
    reason: "OK",
    version: "1.1",
    headers: new Headers(Object.keys(fields), Object.values(fields)),
  };
}

/** Answers with what came: method, target, body. */
export function echo(seen: Seen): void {
  const { method, target } = seen.exchange.request;
  const text = `${method} ${target} ${seen.body}`;
  const sink = seen.exchange.respond(ok(), text.length);
  sink.write(Buffer.from(text, "latin1"));
  sink.end();
}
