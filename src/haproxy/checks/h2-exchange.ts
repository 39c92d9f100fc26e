import type { ClientConnection, RequestHead } from "../../proxy/index.js";
import { Headers } from "../../proxy/index.js";
import type { CheckResponse, HttpRequest } from "./steps.js";

/** Sends a check's request over HTTP/2 and collects the answer. */
export function exchangeOverH2(
  connection: ClientConnection,
  request: HttpRequest,
  handler: {
    onProgress(response: CheckResponse, body: Buffer, complete: boolean): void;
    onFailed(): void;
  },
): void {
  const headers = new Headers();
  let authority: string | undefined;
  request.headers.names.forEach((name, at) => {
    const value = request.headers.values[at] as string;
    if (name === "host") authority = value;
    else if (name !== "connection") headers.add(name, value);
  });
  const head: RequestHead = {
    method: request.method,
    target: request.uri,
    version: "2.0",
    headers,
    scheme: "http",
    authority,
  };
  let body = Buffer.alloc(0);
  const sent = connection.request(head, request.body.length, {
    onInform() {},
    onResponse(answer, source) {
      const response = { status: answer.status, reason: answer.reason, headers: answer.headers };
      handler.onProgress(response, body, source.ended);
      source.handler = {
        onData(bytes) {
          body = Buffer.concat([body, bytes]);
          handler.onProgress(response, body, false);
        },
        onEnd: () => handler.onProgress(response, body, true),
        onBroken: () => handler.onFailed(),
      };
      source.resume();
    },
    onFailed: () => handler.onFailed(),
  });
  if (request.body.length > 0) sent.sink.write(request.body);
  sent.sink.end();
}
