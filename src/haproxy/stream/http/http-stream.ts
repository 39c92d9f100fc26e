import type { Exchange, Headers, RequestHead, ResponseHead } from "../../../proxy/index.js";
import type { BodyTransform, CacheRun, HttpRun, ProxyRun, Service } from "../../run/index.js";
import { setBackend } from "../choose-backend.js";
import type { EndedBy, EndedIn } from "../endings.js";
import { applyPersistRules } from "../persistence.js";
import type { Session } from "../session.js";
import { Stream } from "../stream.js";
import { StreamClock } from "../stream-clock.js";
import type { StreamVariables } from "../stream-variables.js";
import { withoutPort } from "./absolute-target.js";
import { clientDone, clientGone } from "./client-gone.js";
import { settleCookieStates } from "./cookies-response.js";
import type { HttpTunnel } from "./http-tunnel.js";
import { requestSize } from "./message-size.js";
import { OwnAnswer } from "./own-answer.js";
import { beginRequest } from "./request-begin.js";
import { RequestBody } from "./request-body.js";
import { RequestSteps, Step } from "./request-steps.js";
import { noServer } from "./response-failure.js";
import { RewriteRoom } from "./rewrite-room.js";
import { ServerAnswer } from "./server-answer.js";
import { ServerLink } from "./server-link.js";
import * as timeouts from "./timeouts.js";

const nothing = Buffer.alloc(0);
const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** What a connection that began as TCP brings along: its variables, and the back end that was chosen for it. */
export interface Upgrade {
  readonly variables: StreamVariables | undefined;
  readonly backend: ProxyRun | undefined;
  /** "h1": HTTP/2's preface isn't taken. */
  readonly protocol: string | undefined;
}

/**
 * A request from its head to its log line. Its life, in order: `steps` (with request-inspection, request-begin, request-body-wait,
 * request-rules, request-process), `link` to a server (or service-answer), `answer` (with response-rules, response-failure) or `own`,
 * at times `tunnel`; client-gone and timeouts end it early.
 */
export class HttpStream extends Stream implements HttpRun {
  readonly http: HttpRun = this;
  readonly exchange: Exchange;
  request: RequestHead;
  response: ResponseHead | undefined;
  status = -1;
  bodyComplete: boolean;
  cookieState = "-";
  setCookieState = "-";
  capturedRequestCookie: string | undefined;
  capturedResponseCookie: string | undefined;
  user: string | undefined;
  cacheHit = false;
  cacheName?: string;
  compression?: string;
  trailers: Headers | undefined;

  /** The dates of the client's cookie, seconds; 0: none. */
  cookieFirst = 0;
  cookieLast = 0;
  /** Whether a cache may keep the answer, and its cookies, as far as it is known (TX_CACHEABLE, TX_CACHE_COOK). */
  cacheable: boolean;
  cookiesCacheable: boolean;
  /** Rules that rewrite may fail (strict-mode off). */
  lenient = false;
  tarpitted = false;
  /** No further try once a part of an answer has come; `disable-l7-retry` too. */
  layer7Retry = true;
  chosenService: { readonly service: Service; readonly proxy: ProxyRun } | undefined;
  /** Tells the service that answers that the client is gone. */
  onServiceGone: (() => void) | undefined;
  /** Taken by cache-store rules. */
  storing: { write(bytes: Uint8Array): void; end(whole: boolean): void } | undefined;
  /** Collected by early-hint rules. */
  earlyHints: Headers | undefined;
  /** What filters do to the request's body, or to that of a service's answer. */
  transforms: BodyTransform[] | undefined;

  /** The answer's head was given to the client. */
  responded = false;
  /** All of a server's answer was given to the client. */
  answered = false;
  /** There is nobody to answer. */
  gone = false;
  /** The request turned out to be none. */
  unreadable = false;
  /** tcp-request content rules of the front end haven't let it pass: its line and its fields count as unread. */
  unread = true;
  /** The delay of content inspection is over. */
  delayOver = false;
  /** As the client said it, whatever rules make of it. */
  readonly clientMethod: string;
  readonly #clientTarget: string;

  readonly requestBody: RequestBody;
  readonly steps: RequestSteps;
  readonly link: ServerLink;
  readonly answer: ServerAnswer;
  readonly own: OwnAnswer;
  tunnel: HttpTunnel | undefined;
  #room: RewriteRoom | undefined;

  constructor(session: Session, exchange: Exchange, upgrade?: Upgrade) {
    const { times, request } = exchange;
    super(
      session,
      new StreamClock(times.idleFrom, times.firstByte, session.streams.wallClock(times.firstByte)),
    );
    this.exchange = exchange;
    this.request = request;
    if (request.target.charCodeAt(0) !== 47) withoutPort(request);
    this.clientMethod = request.method;
    this.#clientTarget = request.target;
    this.bodyComplete = exchange.body.ended || exchange.body.length === 0;
    this.cacheable = safeMethods.has(request.method);
    this.cookiesCacheable = this.cacheable;
    this.requestBody = new RequestBody(this, exchange.body);
    this.steps = new RequestSteps(this);
    this.link = new ServerLink(this);
    this.answer = new ServerAnswer(this);
    this.own = new OwnAnswer(this);
    session.requests++;
    session.active++;
    if (upgrade !== undefined) this.#takeOver(upgrade);
    exchange.onGone = (how) => clientGone(this, how);
    exchange.onFinished = () => clientDone(this);
  }

  /** What was done as TCP isn't done again. */
  #takeOver({ variables, backend }: Upgrade): void {
    this.adoptVariables(variables);
    this.steps.goTo(Step.waitBodyFront);
    if (backend === undefined) return;
    setBackend(this, backend);
    applyPersistRules(this);
    this.steps.goTo(Step.waitBodyBack);
  }

  /** The client wants the head alone. */
  get headOnly(): boolean {
    return this.clientMethod === "HEAD";
  }

  get requestLine(): string {
    if (this.unreadable || this.unread) return "<BADREQ>";
    return `${this.clientMethod} ${this.#clientTarget} HTTP/${this.request.version}`;
  }

  /** As much of it as HAProxy's buffer would hold. */
  get body(): Buffer {
    const { held } = this.requestBody;
    const { bufsize, maxrewrite } = this.streams.process.config.global.tune;
    return held.length > bufsize - maxrewrite ? held.subarray(0, bufsize - maxrewrite) : held;
  }

  /** What rules had to wait for. */
  get responseBody(): Buffer {
    return this.answer.body?.held ?? nothing;
  }

  /** What rules may still add to the messages. */
  get room(): RewriteRoom {
    return (this.#room ??= new RewriteRoom(this));
  }

  start(): void {
    this.bytesIn = requestSize(this.request);
    if (this.steps.inspecting || beginRequest(this)) this.advance();
  }

  advance(): void {
    this.steps.advance();
  }

  openServer(): void {
    this.link.open();
  }

  serverFailed(by: EndedBy, phase: EndedIn): void {
    noServer(this, by, phase);
  }

  /** The cookie named a server that is taken no more. */
  override lostServer(): void {
    if (this.cookieState === "V") this.cookieState = "D";
  }

  chooseService(service: Service, proxy: ProxyRun): void {
    this.chosenService = { service, proxy };
    this.service = service.name;
  }

  /** `cache-store`: the answer is kept as it is now. */
  storeIn(cache: CacheRun | undefined): void {
    if (cache === undefined || this.response === undefined || this.storing !== undefined) return;
    this.storing = cache.store(this, this.response, this.answer.body?.source.length ?? 0);
  }

  clientTimeout(): number | undefined {
    return timeouts.clientTimeout(this);
  }

  serverTimeout(): number | undefined {
    return timeouts.serverTimeout(this);
  }

  onPhaseOver(): void {
    timeouts.phaseOver(this);
  }

  onClientTimeout(): void {
    timeouts.clientLate(this);
  }

  onServerTimeout(): void {
    timeouts.serverLate(this);
  }

  shutdown(why: "killed" | "down" | "up"): void {
    timeouts.shutdown(this, why);
  }

  /** Breaks the client's connection off without an answer (or in the midst of one). */
  breakOff(reset = false): void {
    if (this.ended) return;
    this.link.abandon();
    this.answer.body?.abort();
    this.exchange.abort(reset);
    this.finish();
  }

  override finish(): void {
    if (this.ended) return;
    settleCookieStates(this);
    this.storing?.end(this.answer.body?.whole ?? false);
    this.storing = undefined;
    super.finish();
    this.session.active--;
  }
}
