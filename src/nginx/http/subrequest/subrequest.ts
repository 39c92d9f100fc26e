import type { BodyLength } from "../../../proxy/index.js";
import { HttpRequest } from "../request.js";
import { serve } from "../serve.js";
import { SubExchange, type TakeBody } from "./sub-exchange.js";

/** So many may be within each other (NGX_HTTP_MAX_SUBREQUESTS). */
const deepest = 50;

export interface SubrequestOptions {
  readonly uri: string;
  readonly args?: string;
  /** Default: GET. */
  readonly method?: string;
  /** The body of the request around it, which was read, is its body, too. */
  readonly hasBody?: boolean;
  /** It goes on when the client has gone. */
  readonly inBackground?: boolean;
  readonly take?: TakeBody;
}

/**
 * Answers a request within another one (ngx_http_subrequest): of the same client and server, with the same head and the same variables. Limits count
 * it as the one around it, and access is not asked for again.
 * @returns what it was, once it is answered; rejects where they lead into each other
 */
export function subrequest(around: HttpRequest, options: SubrequestOptions): Promise<HttpRequest> {
  const { uri, args = "", method = "GET", hasBody = false, inBackground = false, take = () => {} } = options;
  if (around.depth >= deepest) {
    const sentence = `subrequests cycle while processing "${uri}"`;
    around.connection.log("error", sentence, around);
    return Promise.reject(new Error(sentence));
  }
  const length: BodyLength = hasBody ? around.exchange.body.length : 0;
  const exchange = new SubExchange(around.exchange, method, length, take);
  const request = new HttpRequest(exchange, around.connection, around.server, around.unparsedUri);
  request.beWithin(around);
  request.becomeInternal();
  request.uri = uri;
  request.args = args;
  if (hasBody && around.body !== undefined) {
    const { body } = around;
    body.hold();
    request.body = body;
    request.onEnd.push(() => body.close());
  }
  exchange.onGone = (how) => request.onGone?.(how);
  if (!inBackground) around.onGone = exchange.onGone;
  return new Promise((resolve) => {
    exchange.onFinished = () => {
      if (request.isFinished) return;
      request.isFinished = true;
      for (const work of request.onEnd.splice(0)) work();
      if (!inBackground && !around.isFinished) around.onGone = undefined;
      if (request.location.logsSubrequests) for (const write of request.location.logs) write(request);
      resolve(request);
    };
    serve(request);
  });
}
