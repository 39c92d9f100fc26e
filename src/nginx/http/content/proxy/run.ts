import {
  type BodyLength,
  type BodySource,
  type ClientConnection,
  type ClientRequest,
  type Connecting,
  LazyTimer,
  type ResponseHead,
} from "../../../../proxy/index.js";
import type { Attempt } from "../../../upstream/index.js";
import type { HttpRequest } from "../../request.js";
import { type RequestBody, readBody } from "../../request-body.js";
import { finishRequest } from "../../serve.js";
import { separator, type UpstreamState } from "../../upstream-state.js";
import { respond } from "./answer.js";
import { errorText, type FailureKind, statusOf } from "./failure.js";
import { reach } from "./reach.js";
import { upstreamHead } from "./request-head.js";
import { sendBody } from "./send-body.js";
import type { ProxySettings, ProxyTarget } from "./settings.js";

const changing = new Set(["POST", "LOCK", "PATCH"]);
const seconds = (from: number) => (performance.now() - from) / 1000;

/** A request on its way through servers, until one has answered (ngx_http_upstream.c). */
export class ProxyRun {
  readonly request: HttpRequest;
  readonly settings: ProxySettings;
  readonly target: ProxyTarget;
  readonly #attempt: Attempt;
  readonly #timer = new LazyTimer(() => this.#timeout());
  #body: RequestBody | undefined;
  #beganAt = performance.now();
  #triedAt = 0;
  #state: UpstreamState | undefined;
  #connecting: Connecting | undefined;
  #connection: ClientConnection | undefined;
  #exchange: ClientRequest | undefined;
  /** The connection had carried a request before: that it is gone says nothing of its server. */
  #reused = false;
  #sent = false;
  #step: "connect" | "send" | "head" | "body" | "over" = "connect";

  constructor(request: HttpRequest, settings: ProxySettings, target: ProxyTarget) {
    this.request = request;
    this.settings = settings;
    this.target = target;
    const { upstream } = target;
    const key = settings.key(upstream, request);
    this.#attempt = upstream.begin({
      clientAddress: request.clientAddress,
      ...(key !== undefined && { key }),
    });
    const { tries } = settings.next;
    if (tries > 0 && this.#attempt.tries > tries) this.#attempt.tries = tries;
  }

  start(): void {
    const { request, settings } = this;
    const { body } = request.exchange;
    request.onGone = (how) => this.#clientGone(how);
    request.onEnd.push(() => this.#end());
    if (
      !settings.passBody ||
      settings.setBody !== undefined ||
      body.length === 0 ||
      !settings.requestBuffering
    ) {
      this.#begin();
      return;
    }
    if (request.body !== undefined) {
      this.#body = request.body;
      this.#begin();
      return;
    }
    const { location } = request;
    readBody(
      request,
      {
        memory: location.bodyBufferSize,
        most: location.maxBodySize,
        timeoutMs: location.bodyTimeoutMs,
        folder: location.bodyFolder,
      },
      (read) => {
        if (request.isFinished) return;
        if (typeof read === "number") return this.#finish(read);
        request.body = read;
        request.onEnd.push(() => read.close());
        this.#body = read;
        this.#begin();
      },
    );
  }

  /** What is known of the try that is under way. */
  get state(): UpstreamState {
    return this.#state as UpstreamState;
  }

  #begin(): void {
    this.#beganAt = performance.now();
    const { upstreams } = this.request;
    if (upstreams.length > 0) upstreams.push(separator);
    this.#tryNext();
  }

  #tryNext(): void {
    const peer = this.#attempt.next();
    this.#triedAt = performance.now();
    const { request, target } = this;
    this.#sent = false;
    this.#step = "connect";
    if (peer === undefined) {
      this.#state = newState(target.upstream.name, 502);
      request.upstreams.push(this.#state);
      this.#log("no live upstreams while connecting to upstream");
      this.#finish(502);
      return;
    }
    this.#state = newState(peer.name, 0);
    request.upstreams.push(this.#state);
    this.#connecting = reach(this, peer, {
      onReady: (connection, reused) => this.#ready(connection, reused),
      onFailed: (kind, code, message) => {
        const text =
          kind === "timeout"
            ? "upstream timed out (110: Connection timed out)"
            : this.#connectText(code, message);
        this.#log(`${text} while connecting to upstream`);
        this.#failed(kind);
      },
    });
  }

  #connectText(code: string, message: string): string {
    return code === "tls" ? message : `connect() failed (${errorText(code, message)})`;
  }

  #ready(connection: ClientConnection, reused: boolean): void {
    const { request, settings, target } = this;
    this.#connecting = undefined;
    this.#connection = connection;
    this.#reused = reused;
    this.state.connectTime = seconds(this.#triedAt);
    this.#step = "send";
    const own = settings.setBody?.value(request);
    const length = this.#length(own);
    const head = upstreamHead(request, settings, target, length);
    if (head.target === "") {
      this.#log("zero length URI to proxy");
      this.#finish(500);
      return;
    }
    const keep =
      target.upstream.pool !== undefined && !/\bclose\b/i.test(head.headers.get("connection") ?? "");
    this.#sent = true;
    this.#exchange = connection.request(
      head,
      length,
      {
        onInform: () => {},
        onResponse: (answer, body) => this.#answered(answer, body),
        onFailed: (why, detail) => this.#broken(why === "malformed" ? (detail?.reason ?? why) : undefined),
      },
      { close: !keep },
    );
    this.#timer.after(settings.readTimeoutMs);
    this.#step = "head";
    sendBody(this, this.#exchange.sink, own, this.#body);
  }

  #length(own: string | undefined): BodyLength {
    const { exchange } = this.request;
    if (own !== undefined) return own.length;
    if (!this.settings.passBody) return 0;
    if (this.#body !== undefined) return this.#body.size;
    return exchange.body.length;
  }

  /** Called when the client or the server has moved something. */
  moved(): void {
    if (this.#step !== "over") this.#timer.after(this.settings.readTimeoutMs);
  }

  get isOver(): boolean {
    return this.#step === "over";
  }

  #answered(head: ResponseHead, body: BodySource): void {
    const { request, settings } = this;
    const state = this.state;
    state.status = head.status;
    request.upstreamHead = head;
    state.headerTime = seconds(this.#triedAt);
    state.bytesReceived = this.#exchange?.receivedBytes ?? 0;
    if (this.#asksNextFor(head.status)) {
      this.#exchange?.abort();
      this.#failed(head.status);
      return;
    }
    if (settings.interceptErrors && head.status >= 300 && request.location.errorPages.has(head.status)) {
      this.#exchange?.abort();
      const challenge = head.status === 401 ? head.headers.get("www-authenticate") : undefined;
      if (challenge !== undefined) request.answer.add("WWW-Authenticate", challenge);
      this.#succeeded();
      this.#finish(head.status);
      return;
    }
    this.#step = "body";
    respond(this, head, body, this.#exchange as ClientRequest);
  }

  /** The answer is whole, or given up. */
  done(): void {
    this.#succeeded();
    this.#end();
  }

  /** The server broke the answer off. */
  brokeOff(sentence: string): void {
    this.#log(`${sentence} while reading upstream`);
    this.done();
    this.request.exchange.abort();
  }

  /** Ends it by a status of our own, such as of an X-Accel-Redirect. */
  giveUp(): void {
    this.#exchange?.abort();
    this.done();
  }

  #asksNextFor(status: number): boolean {
    const { next } = this.settings;
    if (!next.statuses.has(status) || this.#attempt.tries <= 1) return false;
    return this.#mayRepeat();
  }

  /** Whether the request may be sent to another server. */
  #mayRepeat(): boolean {
    const { next } = this.settings;
    const { request } = this;
    const wasSent = this.#sent;
    if (wasSent && changing.has(request.method) && !next.nonIdempotent) return false;
    if (wasSent && this.#isStreamed()) return false;
    return next.timeoutMs === 0 || performance.now() - this.#beganAt < next.timeoutMs;
  }

  /** The body went to the server as it came: it is there no more. */
  #isStreamed(): boolean {
    const { settings, request } = this;
    return settings.passBody && !settings.requestBuffering && request.exchange.body.length !== 0;
  }

  #broken(malformed: string | undefined): void {
    if (malformed !== undefined) {
      this.#log(`upstream sent invalid header: ${malformed} while reading response header from upstream`);
      this.#failed("invalid_header");
      return;
    }
    this.#log("upstream prematurely closed connection while reading response header from upstream");
    this.#failed("error");
  }

  #timeout(): void {
    if (this.#step === "over" || this.#step === "connect") return;
    this.#exchange?.abort();
    const doing = this.#step === "body" ? "reading upstream" : "reading response header from upstream";
    this.#log(`upstream timed out (110: Connection timed out) while ${doing}`);
    if (this.#step !== "body") {
      this.#failed("timeout");
      return;
    }
    this.done();
    this.request.exchange.abort();
  }

  /** ngx_http_upstream_next. */
  #failed(kind: FailureKind): void {
    if (this.#step === "over") return;
    const state = this.state;
    state.responseTime = seconds(this.#triedAt);
    state.bytesSent = this.#exchange?.sentBytes ?? 0;
    state.bytesReceived = this.#exchange?.receivedBytes ?? 0;
    this.#exchange = undefined;
    this.#timer.stop();
    const isAnswer = kind === 403 || kind === 404;
    const reused = this.#reused && kind === "error" && this.#connection !== undefined;
    const attempt = this.#attempt;
    const tries = attempt.tries;
    if (attempt.free(isAnswer ? "next" : "failed")) this.#log("upstream server temporarily disabled");
    if (reused) attempt.tries = Math.max(tries, 1);
    this.#connection = undefined;
    if (typeof kind !== "number") state.status = statusOf(kind);
    const { next } = this.settings;
    const wanted =
      kind === "error"
        ? next.error
        : kind === "timeout"
          ? next.timeout
          : kind === "invalid_header"
            ? next.invalidHeader
            : true;
    if (attempt.tries > 0 && wanted && this.#mayRepeat()) {
      this.#tryNext();
      return;
    }
    this.#finish(statusOf(kind));
  }

  #succeeded(): void {
    if (this.#state !== undefined && this.#state.responseTime < 0) {
      this.#state.responseTime = seconds(this.#triedAt);
      this.#state.bytesReceived = this.#exchange?.receivedBytes ?? 0;
      this.#state.bytesSent = this.#exchange?.sentBytes ?? 0;
    }
    this.#attempt.free("good");
  }

  #finish(status: number): void {
    if (this.#step === "over") return;
    this.#end();
    finishRequest(this.request, status);
  }

  /** A client that sends no more wants no answer either (ngx_http_upstream_check_broken_connection). */
  #clientGone(how: "closed" | "half-closed"): void {
    if (this.#step === "over" || this.settings.ignoreClientAbort) return;
    const { request } = this;
    if (!request.answer.sent) request.answer.status = 499;
    if (this.#state !== undefined && this.#state.responseTime < 0)
      this.#state.responseTime = seconds(this.#triedAt);
    this.#end();
    if (how === "half-closed") request.exchange.abort();
  }

  /** For good: what is under way is given up. */
  #end(): void {
    if (this.#step === "over") return;
    const wasBusy = this.#step !== "body" || this.#attempt.peer !== undefined;
    this.#step = "over";
    this.#timer.clear();
    this.#connecting?.cancel();
    this.#connecting = undefined;
    if (wasBusy) this.#exchange?.abort();
    this.#attempt.free("good");
  }

  #log(sentence: string): void {
    this.request.connection.log("error", sentence, this.request);
  }
}

function newState(peer: string, status: number): UpstreamState {
  return {
    peer,
    status,
    connectTime: -1,
    headerTime: -1,
    responseTime: status === 0 ? -1 : 0,
    bytesReceived: 0,
    bytesSent: 0,
    responseLength: 0,
  };
}
