// One side of bench/engine.ts, as a process: node engine-server.js origin|http|tcp PORT [ORIGIN-PORT]
import type {
  BodyHandler,
  BodySink,
  BodySource,
  ClientConnection,
  ClientHandler,
  ClientRequest,
  Exchange,
  ResponseHead,
  ServerHandler,
  ServerOptions,
  Wire,
} from "../src/proxy/index.js";
import {
  type ConnectHandler,
  connect,
  Headers,
  listen,
  openHttp,
  Pool,
  relay,
  serveHttp,
} from "../src/proxy/index.js";

const [role = "origin", port = "0", origin = "0", size = "1024"] = process.argv.slice(2);
const options: ServerOptions = {
  maxHeadBytes: 15_360,
  maxFields: 101,
  headTimeoutMs: 10_000,
  idleTimeoutMs: 60_000,
  acceptInvalid: false,
  allowH2Preface: true,
};
const to = { host: "127.0.0.1", port: Number(origin), timeoutMs: 5000 };
const pool = new Pool({ maxIdle: -1, purgeDelayMs: 5000, maxReuse: -1 });
const body = Buffer.alloc(Number(size), "x");
const head: ResponseHead = {
  status: 200,
  reason: "OK",
  version: "1.1",
  headers: new Headers(["content-type"], ["text/plain"]),
};

/** The least that an HTTP proxy does: a connection of the pool, the request to it, the answer back. */
class Stream implements ConnectHandler, ClientHandler, BodyHandler {
  readonly #exchange: Exchange;
  #request: ClientRequest | undefined;
  #sink: BodySink | undefined;
  #body: BodySource | undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    const connection = pool.take("origin");
    if (connection !== undefined) this.#go(connection);
    else connect(to, this);
  }

  onConnected(wire: Wire): void {
    const connection = openHttp(wire, options, "h1");
    pool.add("origin", connection);
    this.#go(connection);
  }

  #go(connection: ClientConnection): void {
    const { request, body } = this.#exchange;
    const sent = connection.request(request, body.length, this);
    this.#request = sent;
    if (body.length === 0) return;
    body.handler = {
      onData: (bytes) => {
        if (!sent.sink.write(bytes)) body.pause();
      },
      onEnd: (trailers) => sent.sink.end(trailers),
      onBroken: () => sent.abort(),
    };
    sent.sink.onDrain = () => body.resume();
    body.resume();
  }

  onInform(): void {}

  onResponse(answer: ResponseHead, source: BodySource): void {
    const sink = this.#exchange.respond(answer, source.length);
    this.#sink = sink;
    this.#body = source;
    source.handler = this;
    sink.onDrain = () => source.resume();
    source.resume();
  }

  onFailed(): void {
    this.#exchange.abort();
  }

  onData(bytes: Buffer): void {
    if (!this.#sink?.write(bytes)) this.#body?.pause();
  }

  onEnd(trailers: Headers | undefined): void {
    this.#sink?.end(trailers);
  }

  onBroken(): void {
    this.#request?.abort();
    this.#exchange.abort();
  }
}

function answer(exchange: Exchange): void {
  const sink = exchange.respond(head, body.length);
  sink.write(body);
  sink.end();
}

const serves: ServerHandler = {
  onExchange: role === "origin" ? answer : (exchange) => void new Stream(exchange),
  onBadRequest: (bad) => bad.answer(undefined),
  onClosed() {},
};

const ignored = { onHalfClosed() {}, onClosed() {} };
await listen(
  { host: "127.0.0.1", port: Number(port), handshakeTimeoutMs: 0 },
  {
    onAccept: () => true,
    onHandshakeFailed() {},
    onWire: (wire, at) => {
      if (role !== "tcp") serveHttp(wire, options, serves, at);
      else
        connect(to, {
          onConnected: (other) => void relay(wire, other, ignored),
          onFailed: () => wire.destroy(),
        });
    },
  },
);
process.stdout.write("ready\n");
