import type { BodyLength, BodySink, BodySource, RequestHead, ResponseHead } from "../../proxy/index.js";
import type { ProxyRun } from "./proxy.js";
import type { StreamRun } from "./stream.js";

/**
 * Something within the process that answers a request in a server's place (HAProxy's applets): the stats page, the Prometheus exporter,
 * the cache. The stream keeps counting, logging and running http-after-response rules; the service only makes the answer.
 */
export interface Service {
  /** As logs show it in the server's place: "<STATS>", "<PROMEX>". */
  readonly name: string;
  /** Answers the request, now or later, by exactly one of `respond` and `refuse`. */
  serve(call: ServiceCall): void;
}

/** A request as it is after the rules, and the way to answer it. */
export interface ServiceCall {
  readonly stream: StreamRun;
  /** The proxy whose rule or `stats` line led here: of `stats` the one that has the page. */
  readonly proxy: ProxyRun;
  readonly request: RequestHead;
  /** Nothing comes before `resume`, which also answers `Expect: 100-continue`. A service that doesn't read it leaves it alone: the stream drains it. */
  readonly body: BodySource;
  /** Sends the head; framing fields are the stream's. For HEAD the sink takes nothing. */
  respond(head: ResponseHead, length: BodyLength): BodySink;
  /** The proxy's own answer of a status (its errorfile or http-error), as a rule that denies gives. With 401 `realm` is asked for. */
  refuse(status: number, realm?: string): void;
  /** Set by the service: the client is gone, nothing needs to be sent any more. */
  onGone: () => void;
}
