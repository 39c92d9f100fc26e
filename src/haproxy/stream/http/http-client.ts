import type { BadRequest, Exchange, ServerConnection, ServerHandler, Wire } from "../../../proxy/index.js";
import { countHttpError, countRequest } from "../../tables/index.js";
import { logBadRequest } from "../log-stream.js";
import type { Session } from "../session.js";
import { BadRequestStream } from "./bad-request.js";
import { HttpStream, type Upgrade } from "./http-stream.js";
import { rawBuiltinMessage } from "./messages.js";

/** A client that speaks HTTP: each of its requests becomes a stream. */
export class HttpClient implements ServerHandler {
  readonly session: Session;
  readonly #wire: Wire;
  /** What its first request takes over where it began as TCP. */
  #upgrade: Upgrade | undefined;
  #connection: ServerConnection | undefined;

  constructor(session: Session, wire: Wire, upgrade?: Upgrade) {
    this.session = session;
    this.#wire = wire;
    this.#upgrade = upgrade;
  }

  start(): void {
    const { session } = this;
    const { streams, front } = session;
    const { timeouts, options } = front.section;
    const { tune } = streams.process.config.global;
    const proto = this.#upgrade?.protocol ?? session.listener.bind.proto;
    const head = timeouts.httpRequest ?? timeouts.client ?? 0;
    const limits = {
      maxHeadBytes: tune.bufsize - tune.maxrewrite,
      maxFields: tune.httpMaxhdr,
      headTimeoutMs: head,
      idleTimeoutMs: timeouts.httpKeepAlive ?? timeouts.httpRequest ?? timeouts.client ?? 0,
      acceptInvalid: options.acceptInvalidHttpRequest,
      allowH2Preface: !options.disableH2Upgrade && proto !== "h1",
    };
    const protocol = proto === "h1" || proto === "h2" ? proto : undefined;
    streams.clients.add(this);
    this.#connection = streams.engine.serve(this.#wire, limits, this, session.acceptTime, protocol);
  }

  onExchange(exchange: Exchange): void {
    // HTTP/2's streams begin anew: none of them is the one that was TCP.
    const upgrade = exchange.request.version === "2.0" ? undefined : this.#upgrade;
    this.#upgrade = undefined;
    new HttpStream(this.session, exchange, upgrade).start();
  }

  /** What mux_h1 does with a message that no stream can be made of: counted, answered, logged. */
  onBadRequest(bad: BadRequest): void {
    const { session } = this;
    const { streams, front, frontend, listener } = session;
    const { options } = front.section;
    const empty = bad.bytes.length === 0;
    if (empty && (bad.number > 1 || options.httpIgnoreProbes)) {
      bad.answer(undefined);
      return;
    }
    const { front: run } = frontend;
    const late = bad.kind === "timeout";
    const status = late ? 408 : bad.kind === "malformed" ? bad.status : 400;
    countRequest({ session, stream: undefined });
    if (!late) countHttpError({ session, stream: undefined });
    if (run !== undefined) {
      run.counters.add("requests");
      run.counters.atMost("requestRateMax", run.requestRate.add(streams.now()));
      run.counters.add("status4xx");
      run.counters.add("failedRequests");
    }
    listener.counters.add("failedRequests");
    if (bad.kind === "malformed")
      streams.captureError("request", frontend, {
        frontend,
        backend: undefined,
        server: undefined,
        source: session.source,
        bytes: bad.bytes,
        position: bad.position,
        reason: bad.reason,
      });
    const quiet = empty && options.dontLogNull;
    const stream = new BadRequestStream(session, bad, status);
    // Errorfiles don't count here, but for an empty one: nothing is said then.
    const silent = quiet || front.replies.get(status)?.kind === "nothing";
    bad.answer(silent ? undefined : rawBuiltinMessage(status));
    // What is late is logged even where silent connections aren't (h1_handle_req_tout).
    if (!quiet || late) logBadRequest(stream);
    stream.close();
  }

  /** Soft stop: a client that was answered and asks nothing is let go; one that has yet to ask for the first time isn't. */
  closeIfIdle(): void {
    this.#connection?.closeIfIdle();
  }

  onClosed(): void {
    this.session.streams.clients.delete(this);
    this.session.end();
  }
}
