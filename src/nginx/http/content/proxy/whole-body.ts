import type { HttpRequest } from "../../request.js";
import { type RequestBody, readBody } from "../../request-body.js";
import { finishRequest } from "../../serve.js";
import type { ProxySettings } from "./settings.js";

/**
 * Reads a request's body before a server is asked (proxy_request_buffering), and goes on: with undefined where there is none, or it is sent as it
 * comes. One that can't be read is answered.
 */
export function wholeBody(
  request: HttpRequest,
  settings: ProxySettings,
  then: (body: RequestBody | undefined) => void,
): void {
  const isRead = settings.passBody && settings.setBody === undefined && settings.requestBuffering;
  if (!isRead || request.exchange.body.length === 0) then(undefined);
  else if (request.body !== undefined) then(request.body);
  else {
    const { location } = request;
    const limits = {
      memory: location.bodyBufferSize,
      most: location.maxBodySize,
      timeoutMs: location.bodyTimeoutMs,
      folder: location.bodyFolder,
    };
    readBody(request, limits, (read) => {
      if (request.isFinished) return;
      if (typeof read === "number") {
        finishRequest(request, read);
        return;
      }
      request.body = read;
      request.onEnd.push(() => read.close());
      then(read);
    });
  }
}
