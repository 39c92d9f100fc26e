import type { BodySource, ClientHandler, ResponseHead } from "../../../proxy/index.js";
import { capture } from "../compiled.js";
import { statusCounter } from "../slots.js";
import { storeServer } from "../stickiness.js";
import { answerCookies, settleCookieStates } from "./cookies-response.js";
import { filtersOf, lengthAfter, responseTransforms, throughResponse } from "./filters.js";
import type { HttpStream } from "./http-stream.js";
import { openTunnel } from "./http-tunnel.js";
import { responseSize } from "./message-size.js";
import { ResponseBody, type ResponseBodyOwner } from "./response-body.js";
import {
  badResponse,
  refuseResponse,
  requestUnsent,
  responseBodyLate,
  responseFailed,
  retryLayer7,
  type Unreadable,
} from "./response-failure.js";
import { ResponseInspection } from "./response-inspection.js";
import { runAfterResponseRules, runResponseRules } from "./response-rules.js";
import { acceptsWebsocket } from "./websocket.js";

/** Statuses whose answers caches may keep without being told (RFC 9111, as http_wait_for_response has it). */
const cacheableStatuses: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 404, 405, 410, 414, 501,
]);

/** A server's answer: from its head through the rules to the client. */
export class ServerAnswer implements ClientHandler, ResponseBodyOwner {
  readonly #stream: HttpStream;
  body: ResponseBody | undefined;
  inspection: ResponseInspection | undefined;

  constructor(stream: HttpStream) {
    this.#stream = stream;
  }

  /** A request has been sent: content rules' delay begins. */
  expect(): void {
    if (this.#stream.back.tcpResponse.length > 0) this.inspection = new ResponseInspection(this.#stream);
  }

  get inspects(): boolean {
    return this.inspection?.over === false;
  }

  inspectAgain(): void {
    const { response } = this.#stream;
    if (this.inspection?.passes(this.body) === true && response !== undefined) this.#passed(response);
  }

  /** 100, 103 and their like: sent on at once. */
  onInform(head: ResponseHead): void {
    const stream = this.#stream;
    if (stream.ended || stream.responded) return;
    stream.deadlines.serverActive = stream.now;
    this.#count(head.status);
    stream.server?.observe("response-ok", head.status);
    const kept = stream.response;
    stream.response = head;
    stream.status = head.status;
    const passed = runResponseRules(stream);
    if (stream.responded || stream.ended) return;
    if (passed && runAfterResponseRules(stream)) {
      stream.bytesOut += responseSize(head);
      stream.exchange.inform(head);
    }
    stream.response = kept;
    stream.status = -1;
  }

  #count(status: number): void {
    const { tools, tally } = this.#stream;
    if (tools === undefined) return;
    tally.server(statusCounter(status));
    tally.server("requests");
  }

  onResponse(head: ResponseHead, body: BodySource, _headBytes: number): void {
    const stream = this.#stream;
    if (stream.ended || stream.responded) {
      stream.link.abandon();
      return;
    }
    const now = stream.now;
    stream.lastActivity = now;
    stream.deadlines.serverActive = now;
    const { status } = head;
    if (stream.layer7Retry && stream.back.retryOn.statuses.has(status) && retryLayer7(stream)) return;
    stream.layer7Retry = false;
    stream.requestBody.forgetRetry();
    stream.response = head;
    const tunnel = status === 101 || (stream.clientMethod === "CONNECT" && status >= 200 && status < 300);
    this.body = new ResponseBody(stream, this, body, tunnel);
    if (!this.inspects || this.inspection?.passes(this.body) === true) this.#passed(head);
  }

  /** Content rules have let it pass. */
  #passed(head: ResponseHead): void {
    const stream = this.#stream;
    const { status } = head;
    const body = this.body as ResponseBody;
    stream.status = status;
    stream.bytesOut += responseSize(head);
    stream.tally.trackedResponse(status);
    this.#count(status);
    stream.server?.observe(
      status < 500 || status === 501 || status === 505 ? "response-ok" : "response-status",
      status,
    );
    if (status === 101 && !this.#switchesWell(head)) {
      badResponse(stream);
      return;
    }
    if (!cacheableStatuses.has(status)) {
      stream.cacheable = false;
      stream.cookiesCacheable = false;
    }
    const captures = stream.front.responseCaptures;
    if (captures.length > 0) capture(captures, head.headers, stream.responseCaptures);
    if (status === 401 || status === 407) this.#keepNegotiation(head, status);
    stream.times.response = stream.now;
    this.#continue(body, head);
  }

  onFailed(why: "empty" | "reset" | "malformed" | "refused", detail: Unreadable | undefined): void {
    const stream = this.#stream;
    if (stream.ended) return;
    if (!stream.responded) responseFailed(stream, why, detail);
    else if (stream.answered) requestUnsent(stream);
  }

  /** Another protocol was asked for, and a WebSocket's handshake fits. */
  #switchesWell(head: ResponseHead): boolean {
    const { exchange, request } = this.#stream;
    const { upgrade } = exchange;
    if (upgrade === undefined) return false;
    return upgrade.toLowerCase() !== "websocket" || acceptsWebsocket(request.headers, head.headers);
  }

  /** NTLM and Negotiate speak of a connection, not of a request. */
  #keepNegotiation(head: ResponseHead, status: number): void {
    const name = status === 401 ? "www-authenticate" : "proxy-authenticate";
    if (head.headers.all(name).some((value) => /^(?:nego|ntlm)/i.test(value)))
      this.#stream.session.prefersLast = true;
  }

  /** From here again when a rule had to wait. */
  #continue(body: ResponseBody, head: ResponseHead): void {
    const stream = this.#stream;
    if (!body.filtered) {
      body.filtered = true;
      for (const filter of filtersOf(stream)) filter.onAnswer?.(stream, head, body.source.length);
    }
    storeServer(stream);
    if (!runResponseRules(stream)) return;
    if (!answerCookies(stream)) {
      stream.tally.deniedResponse();
      refuseResponse(stream, 502, "P");
      return;
    }
    if (!runAfterResponseRules(stream)) {
      stream.tally.internalError();
      refuseResponse(stream, 500, "I");
      return;
    }
    this.#send(body, head);
  }

  #send(body: ResponseBody, head: ResponseHead): void {
    const stream = this.#stream;
    if (stream.headOnly && !body.whole) {
      // The server was asked otherwise, and sends a body: it is read first, so that the client's next request finds the connection free.
      body.drain(stream.storing);
      return;
    }
    const { options } = stream.front.section;
    const { length } = body.source;
    if (!body.tunnel) body.transforms = responseTransforms(stream, head, length);
    stream.responded = true;
    if (options.logAsap) this.#logNow();
    if (stream.gone) {
      stream.tally.clientAbort();
      stream.endsBy("C", "D");
      stream.breakOff();
      return;
    }
    if (body.tunnel) {
      openTunnel(stream, head);
      return;
    }
    stream.state = "data";
    const close =
      options.forceCloseMode === "close" ||
      stream.back.section.options.forceCloseMode === "close" ||
      stream.streams.process.stopping === true ||
      // A body that the client hasn't sent by now may still come; one that broke can't.
      stream.requestBody.broken;
    const readsOn = !stream.bodyComplete && !stream.requestBody.broken;
    const sink = stream.exchange.respond(head, lengthAfter(body.transforms, length), { close, readsOn });
    body.sendTo(throughResponse(body.transforms, sink), stream.storing);
  }

  /** `option logasap`. */
  #logNow(): void {
    const stream = this.#stream;
    stream.times.end = stream.times.response;
    settleCookieStates(stream);
    stream.streams.log(stream);
    stream.times.end = -1;
  }

  /** For `http-response wait-for-body`; true: go on. */
  waitForBody(bytes: number, timeoutMs: number): boolean {
    const { body } = this;
    if (body === undefined || body.tunnel) return true;
    return body.waitFor(bytes, timeoutMs);
  }

  bodyCame(body: ResponseBody): void {
    const stream = this.#stream;
    if (stream.ended || stream.responded) return;
    if (this.inspects) this.inspectAgain();
    else if (stream.responseContext.waiting !== undefined)
      this.#continue(body, stream.response as ResponseHead);
  }

  bodyLate(): void {
    const stream = this.#stream;
    if (!stream.ended && !stream.responded) responseBodyLate(stream);
  }

  bodyDrained(body: ResponseBody): void {
    const stream = this.#stream;
    if (!stream.ended && !stream.responded) this.#send(body, stream.response as ResponseHead);
  }
}
