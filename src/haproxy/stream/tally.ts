import type { BackendCounter, FrontendCounter } from "../run/index.js";
import {
  countBytesIn,
  countBytesOut,
  countHttpError,
  countHttpFailure,
  countResponse,
} from "../tables/index.js";
import { type SharedCounter, statusCounter } from "./slots.js";
import type { Stream } from "./stream.js";

/** What a stream adds to the counters of all who have a part in it: front end, listener, back end, server, entries that it tracks. */
export class Tally {
  readonly #stream: Stream;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  front(name: FrontendCounter, amount = 1): void {
    const { front, frontend } = this.#stream;
    if (front.front !== undefined) frontend.front?.counters.addAt(front.front[name], amount);
  }

  /** Front end and listener. */
  entry(name: SharedCounter): void {
    this.front(name);
    this.#stream.session.listener.counters.add(name);
  }

  back(name: BackendCounter, amount = 1): void {
    const { back, backend } = this.#stream;
    if (back.back !== undefined) backend.back?.counters.addAt(back.back[name], amount);
  }

  server(name: BackendCounter, amount = 1): void {
    const { tools } = this.#stream;
    if (tools !== undefined) tools.server.counters.addAt(tools.slots[name], amount);
  }

  /** Back end and server. */
  behind(name: BackendCounter): void {
    this.back(name);
    this.server(name);
  }

  /** A new session of the server: a connection to it was begun, or an idle one taken. */
  serverSession(reused: boolean): void {
    const { server, now } = this.#stream;
    this.back(reused ? "reuses" : "connects");
    if (server === undefined) return;
    this.server(reused ? "reuses" : "connects");
    this.server("sessions");
    server.counters.atMost("sessionRateMax", server.rate.add(now));
    server.lastSession = Date.now();
  }

  /** A rule refused the request. */
  denied(): void {
    this.entry("deniedRequests");
    if (this.#stream.assigned) this.back("deniedRequests");
  }

  deniedResponse(): void {
    this.entry("deniedResponses");
    this.behind("deniedResponses");
  }

  internalError(): void {
    this.entry("internalErrors");
    if (this.#stream.assigned) this.back("internalErrors");
    this.server("internalErrors");
  }

  rewriteFailure(): void {
    this.entry("failedRewrites");
    if (this.#stream.assigned) this.back("failedRewrites");
    this.server("failedRewrites");
  }

  /** The server's answer was bad, late or missing; `event`: what its health is told. */
  responseError(event: "response-bad" | "response-timeout"): void {
    this.behind("responseErrors");
    this.#stream.server?.observe(event);
  }

  clientAbort(): void {
    this.behind("clientAborts");
  }

  serverAbort(): void {
    this.behind("serverAborts");
  }

  get #tracks(): boolean {
    const { tracked, session } = this.#stream;
    return tracked.length + session.tracked.length > 0;
  }

  get #tracking() {
    return { session: this.#stream.session, stream: this.#stream };
  }

  /** Tracked entries: the request was refused. */
  trackedError(): void {
    if (this.#tracks) countHttpError(this.#tracking);
  }

  /** Tracked entries: the answer was none. */
  trackedFailure(): void {
    if (this.#tracks) countHttpFailure(this.#tracking);
  }

  trackedResponse(status: number): void {
    if (this.#tracks) countResponse(this.#tracking, status);
  }

  /** What came and went since the last call. */
  bytes(): void {
    const { bytesIn, bytesOut, session } = this.#stream;
    const came = bytesIn - this.#bytesIn;
    const went = bytesOut - this.#bytesOut;
    if (came > 0) {
      this.#bytesIn = bytesIn;
      this.front("bytesIn", came);
      this.back("bytesIn", came);
      this.server("bytesIn", came);
      session.listener.counters.add("bytesIn", came);
    }
    if (went > 0) {
      this.#bytesOut = bytesOut;
      this.front("bytesOut", went);
      this.back("bytesOut", went);
      this.server("bytesOut", went);
      session.listener.counters.add("bytesOut", went);
    }
    if (!this.#tracks) return;
    countBytesIn(this.#tracking, came);
    countBytesOut(this.#tracking, went);
  }

  /** At the end: what was answered. */
  answered(status: number): void {
    if (status <= 0) return;
    const { front, back, assigned } = this.#stream;
    const counter = statusCounter(status);
    if (front.http) this.front(counter);
    if (!assigned || !back.http) return;
    this.back(counter);
    this.back("requests");
  }
}
