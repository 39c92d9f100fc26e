import {
  type BodyLength,
  type BodySource,
  type ClientConnection,
  type ClientFailure,
  type ClientHandler,
  type ClientRequest,
  type Connecting,
  eventTime,
  LazyTimer,
  type MalformedMessage,
  type ResponseHead,
} from "../../../../proxy/index.js";
import type { Attempt } from "../../../upstream/index.js";
import type { HttpRequest } from "../../request.js";
import type { RequestBody } from "../../request-body.js";
import { finishRequest } from "../../serve.js";
import type { Sticky } from "../../sticky/sticky.js";
import { newState, reportOf, separator, type UpstreamState } from "../../upstream-state.js";
import { respond } from "./answer.js";
import { errorText, type FailureKind, statusOf } from "./failure.js";
import { mayRepeat, wantsNext } from "./next-upstream.js";
import { type ReachHandler, reach } from "./reach.js";
import { upstreamHead } from "./request-head.js";
import { sendBody } from "./send-body.js";
import type { ProxySettings, ProxyTarget } from "./settings.js";
import { wholeBody } from "./whole-body.js";

const seconds = (from: number) => (eventTime() - from) / 1000;

/** A request on its way through servers, until one has answered (ngx_http_upstream.c). */
export class ProxyRun implements ReachHandler, ClientHandler {
  readonly request: HttpRequest;
  readonly settings: ProxySettings;
  readonly target: ProxyTarget;
  readonly #attempt: Attempt;
  readonly #sticky: Sticky | undefined;
  readonly #timer = new LazyTimer(() => this.#timeout());
  #body: RequestBody | undefined;
  #beganAt = eventTime();
  #triedAt = 0;
  #state: UpstreamState | undefined;
  #connecting: Connecting | undefined;
  #connection: ClientConnection | undefined;
  #exchange: ClientRequest | undefined;
  /** The connection had carried a request before: that it is gone says nothing of its server. */
  #reused = false;
  #sent = false;
  /** The server takes no more of the request for now. */
  #isBlocked = false;
  #step: "connect" | "send" | "head" | "body" | "over" = "connect";

  constructor(request: HttpRequest, settings: ProxySettings, target: ProxyTarget) {
    this.request = request;
    this.settings = settings;
    this.target = target;
    const { upstream } = target;
    const key = settings.key(upstream, request);
    this.#sticky = settings.sticky(upstream);
    const serverId = this.#sticky?.find(request);
    this.#attempt = upstream.begin({
      clientAddress: request.clientAddress,
      ...(key !== undefined && { key }),
      ...(serverId !== undefined && { serverId }),
    });
    const { tries } = settings.next;
    if (tries > 0 && this.#attempt.tries > tries) this.#attempt.tries = tries;
  }

  start(): void {
    const { request, settings } = this;
    request.onGone = (how) => this.#clientGone(how);
    request.onEnd.push(() => this.#end());
    wholeBody(request, settings, (body) => {
      this.#body = body;
      this.#begin();
    });
  }

  /** What is known of the try that is under way. */
  get state(): UpstreamState {
    return this.#state as UpstreamState;
  }

  #begin(): void {
    this.#beganAt = eventTime();
    const { upstreams } = this.request;
    if (upstreams.length > 0) upstreams.push(separator);
    this.#tryNext();
  }

  #tryNext(): void {
    const peer = this.#attempt.next();
    this.#triedAt = eventTime();
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
    this.#sticky?.chosen(request, peer);
    this.#state = newState(peer.name, 0);
    request.upstreams.push(this.#state);
    this.#connecting = reach(this, peer, this);
  }

  /** @internal */
  onUnreached(kind: "error" | "timeout", code: string, message: string): void {
    if (code === "certificate") {
      this.#log(message);
      this.#finish(500);
      return;
    }
    let text = `connect() failed (${errorText(code, message)})`;
    if (kind === "timeout") text = "upstream timed out (110: Connection timed out)";
    else if (code === "tls") text = message;
    this.#log(`${text} while connecting to upstream`);
    this.#failed(kind);
  }

  /** @internal */
  onReached(connection: ClientConnection, reused: boolean): void {
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
    const word = head.headers.get("connection");
    const keep = target.upstream.pool !== undefined && (word === undefined || !/\bclose\b/i.test(word));
    this.#sent = true;
    this.#exchange = connection.request(head, length, this, { close: !keep });
    this.#timer.after(settings.readTimeoutMs);
    this.#step = "head";
    this.#isBlocked = false;
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
    this.#isBlocked = false;
    if (this.#step !== "over") this.#timer.after(this.settings.readTimeoutMs);
  }

  /** Called when the server takes no more of the request for now. */
  blocked(): void {
    if (this.#step === "over") return;
    this.#isBlocked = true;
    this.#timer.after(this.settings.sendTimeoutMs);
  }

  get isOver(): boolean {
    return this.#step === "over";
  }

  /** @internal */
  onInform(): void {}

  /** @internal */
  onResponse(head: ResponseHead, body: BodySource): void {
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
    if (this.#attempt.peer !== undefined) this.#sticky?.answered(request, this.#attempt.peer, false);
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
    return this.settings.next.statuses.has(status) && this.#attempt.tries > 1 && this.#mayRepeat();
  }

  #mayRepeat(): boolean {
    return mayRepeat(this.request, this.settings, this.#sent, this.#beganAt);
  }

  /** @internal */
  onFailed(why: ClientFailure, detail: MalformedMessage | undefined): void {
    if (why === "malformed") {
      const reason = detail?.reason ?? why;
      this.#log(`upstream sent invalid header: ${reason} while reading response header from upstream`);
      this.#failed("invalid_header");
      return;
    }
    this.#log("upstream prematurely closed connection while reading response header from upstream");
    this.#failed("error");
  }

  #timeout(): void {
    if (this.#step === "over" || this.#step === "connect") return;
    this.#exchange?.abort();
    let doing = "reading response header from upstream";
    if (this.#isBlocked) doing = "sending request to upstream";
    else if (this.#step === "body") doing = "reading upstream";
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
    if (attempt.free(isAnswer ? "next" : "failed", reportOf(state)))
      this.#log("upstream server temporarily disabled");
    if (reused) attempt.tries = Math.max(tries, 1);
    this.#connection = undefined;
    if (typeof kind !== "number") state.status = statusOf(kind);
    if (attempt.tries > 0 && wantsNext(this.settings.next, kind) && this.#mayRepeat()) {
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
    this.#freeGood();
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
    this.#freeGood();
  }

  #freeGood(): void {
    const { peer } = this.#attempt;
    if (peer !== undefined) this.#sticky?.answered(this.request, peer, true);
    this.#attempt.free("good", this.#state && reportOf(this.#state));
  }

  #log(sentence: string): void {
    this.request.connection.log("error", sentence, this.request);
  }
}
