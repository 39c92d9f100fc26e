import type {
  ClientConnection,
  ClientRequest,
  ConnectFailure,
  ConnectOptions,
  Wire,
} from "../../../proxy/index.js";
import { noteConnectFailure } from "../connect-error.js";
import { never } from "../deadlines.js";
import { openDirect } from "../direct.js";
import type { ServerTools } from "../server-tools.js";
import { abortTransforms, filterRequest, throughRequest } from "./filters.js";
import type { HttpStream } from "./http-stream.js";
import { giveBack } from "./keep-connection.js";
import { redirectToServer } from "./server-redirect.js";
import { websocketWay } from "./websocket.js";

/** A stream's connection to its server: taken from who kept it or made anew, given the request, and given back when the answer is whole. */
export class ServerLink {
  readonly #stream: HttpStream;
  #connecting: { cancel(): void } | undefined;
  #connection: ClientConnection | undefined;
  #request: ClientRequest | undefined;
  /** Connections of one key may stand for each other. */
  #key = "";
  /** Which the server is spoken to by; undefined: as ALPN says, else HTTP/1. */
  #protocol: "h1" | "h2" | undefined;

  constructor(stream: HttpStream) {
    this.#stream = stream;
  }

  get there(): boolean {
    return this.#connection !== undefined;
  }

  /** The request has passed all rules of its own: it goes to a server. */
  begin(): void {
    const stream = this.#stream;
    filterRequest(stream);
    stream.forgetRequestVariables();
    if (!stream.back.retryOn.layer7) stream.layer7Retry = false;
    else if (stream.layer7Retry && !stream.bodyComplete) stream.requestBody.keepForRetry();
    const direct = openDirect(stream);
    if (direct === undefined) stream.search.begin();
    else this.#openDirect(direct);
  }

  /** `dispatch` and `option transparent`: no server is chosen, the connection is the client's own. */
  #openDirect(options: ConnectOptions): void {
    const stream = this.#stream;
    stream.times.queued = stream.now;
    stream.state = "connect";
    this.#key = `${options.path ?? options.host} ${options.port} ${options.localAddress ?? ""}`;
    const connection = stream.session.ownConnection(undefined, this.#key);
    stream.reused = connection !== undefined;
    stream.tally.back(stream.reused ? "reuses" : "connects");
    if (connection !== undefined) this.#send(connection);
    else this.#connecting = stream.streams.engine.connect(options, this);
  }

  /** There is a place on the stream's server. */
  open(): void {
    const stream = this.#stream;
    const { server, session } = stream;
    if (server === undefined) {
      this.#openDirect(openDirect(stream) as ConnectOptions);
      return;
    }
    if (redirectToServer(stream, server)) return;
    const tools = stream.tools as ServerTools;
    const options = this.#options(tools);
    if (options === undefined) {
      stream.search.connectFailed(false, true);
      return;
    }
    stream.state = "connect";
    const mode = stream.back.section.httpReuse;
    const connection =
      session.ownConnection(server, this.#key) ?? tools.pool.take(this.#key, mode, session.requests === 1);
    stream.reused = connection !== undefined;
    stream.tally.serverSession(stream.reused);
    if (connection !== undefined) this.#send(connection);
    else this.#connecting = stream.streams.engine.connect(options, this);
  }

  /** How the server is connected to, by which key and protocol; undefined: it has no address. */
  #options(tools: ServerTools): ConnectOptions | undefined {
    const stream = this.#stream;
    const options = tools.connectOptions(stream, true);
    if (options === undefined) return undefined;
    const { section } = tools.server;
    this.#key = tools.key(options);
    this.#protocol = section.proto === "h2" || section.proto === "h1" ? section.proto : undefined;
    const websocket =
      stream.exchange.upgrade?.toLowerCase() === "websocket" ? websocketWay(section) : undefined;
    if (websocket === undefined) return options;
    this.#key += " ws";
    this.#protocol = websocket.protocol ?? this.#protocol;
    return websocket.alpn === undefined ? options : { ...options, alpn: websocket.alpn };
  }

  onConnected(wire: Wire): void {
    const stream = this.#stream;
    this.#connecting = undefined;
    if (stream.ended || stream.responded) {
      wire.destroy();
      return;
    }
    const { tune } = stream.streams.process.config.global;
    const limits = {
      maxHeadBytes: tune.bufsize - tune.maxrewrite,
      maxFields: tune.httpMaxhdr,
      acceptInvalid: stream.back.section.options.acceptInvalidHttpResponse,
    };
    this.#send(stream.streams.engine.speak(wire, limits, this.#protocol));
  }

  onFailed(failure: ConnectFailure): void {
    const stream = this.#stream;
    this.#connecting = undefined;
    if (stream.ended || stream.responded) return;
    noteConnectFailure(stream, failure);
    stream.search.connectFailed(failure.timedOut);
  }

  /** The phase is over: if it was that of connecting, it took too long. */
  connectLate(): void {
    if (this.#connecting === undefined) return;
    this.#connecting.cancel();
    this.#connecting = undefined;
    this.#stream.serverError = undefined;
    this.#stream.search.connectFailed(true);
  }

  #send(connection: ClientConnection): void {
    const stream = this.#stream;
    const { tools, deadlines, request } = stream;
    const { section } = stream.back;
    const now = stream.now;
    stream.times.connected = now;
    deadlines.phase = never;
    stream.state = "response";
    stream.server?.observe("connect-ok");
    stream.serverTimeoutMs ??= section.timeouts.server;
    stream.tunnelTimeoutMs ??= section.timeouts.tunnel;
    this.#connection = connection;
    stream.serverInfo = connection.info;
    stream.serverError = 0;
    if (connection.served === 0) tools?.countTls(connection.info.tls);
    tools?.pool.used(1);
    const close =
      section.options.forceCloseMode !== "keep-alive" ||
      stream.front.section.options.forceCloseMode !== "keep-alive";
    if (!close && connection.version === "2.0" && section.httpReuse === "always" && tools !== undefined)
      tools.pool.share(this.#key, connection);
    if (section.sendNameHeader !== undefined && stream.server !== undefined)
      request.headers.set(section.sendNameHeader, stream.server.name);
    const sent = connection.request(request, stream.exchange.body.length, stream.answer, { close });
    this.#request = sent;
    deadlines.serverActive = now;
    stream.answer.expect();
    stream.requestBody.sendTo(throughRequest(stream, sent.sink));
    deadlines.watch();
  }

  /** The connection becomes a tunnel. */
  takeWire(): Wire {
    return (this.#request as ClientRequest).tunnel();
  }

  /** The answer is whole: the connection can serve others. */
  release(): void {
    const connection = this.#connection;
    this.#request = undefined;
    this.#connection = undefined;
    if (connection !== undefined) giveBack(this.#stream, this.#key, connection);
    this.#stream.search.release();
  }

  /** It broke. */
  forget(): void {
    if (this.#connection === undefined) return;
    this.#stream.tools?.pool.used(-1);
    this.#stream.session.dropConnection(this.#connection);
    this.#connection = undefined;
    this.#request = undefined;
  }

  /** What was asked isn't wanted any more. */
  drop(): void {
    const request = this.#request;
    const connection = this.#connection;
    this.forget();
    request?.abort();
    if (connection !== undefined && connection.version !== "2.0" && !connection.destroyed) connection.close();
  }

  /** Nothing more is wanted of any server. */
  abandon(): void {
    const { search, deadlines } = this.#stream;
    search.stop();
    deadlines.phase = never;
    deadlines.serverActive = never;
    this.#connecting?.cancel();
    this.#connecting = undefined;
    this.drop();
    search.release();
    abortTransforms(this.#stream);
  }
}
