import {
  type Endpoint,
  type Exchange,
  Headers,
  type ResponseHead,
  type WireInfo,
} from "../../../proxy/index.js";
import { HttpConnection } from "../connection.js";
import { HttpRequest } from "../request.js";
import type { HttpServer, Text } from "../runtime.js";

const nowhere: Endpoint = { host: "", port: 0, family: 0 };
const info: WireInfo = {
  source: nowhere,
  destination: nowhere,
  realSource: nowhere,
  realDestination: nowhere,
  tls: undefined,
  proxyProtocol: undefined,
};

/**
 * What texts of a location are made for where nobody asked: the request of a check. It has a target and, in `require`, an answer; most variables
 * are empty, as nginx documents.
 */
export function checkRequest(server: HttpServer, uri: string, head?: ResponseHead): HttpRequest {
  const now = performance.now();
  const exchange = {
    info,
    request: {
      method: "GET",
      target: uri,
      version: "1.1",
      headers: new Headers([], [], []),
      scheme: undefined,
      authority: undefined,
    },
    body: { length: 0, received: 0, ended: true },
    times: { idleFrom: now, firstByte: now },
    number: 1,
    wantsKeepAlive: false,
    expectsContinue: false,
    upgrade: undefined,
    headBytes: 0,
    sentBytes: 0,
    pipelined: false,
  } as unknown as Exchange;
  const request = new HttpRequest(exchange, new HttpConnection(info, now, () => {}), server, uri);
  request.uri = uri.replace(/\?.*$/s, "");
  request.args = uri.includes("?") ? uri.slice(uri.indexOf("?") + 1) : "";
  request.upstreamHead = head;
  return request;
}

/** A text of a check; "" where it asks for what there is only of a client. */
export function checkText(text: Text, request: HttpRequest): string {
  try {
    return text.value(request);
  } catch {
    return "";
  }
}
