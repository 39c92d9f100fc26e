import { sendText } from "../answer/send.js";
import type { HttpRequest } from "../request.js";
import { readBody } from "../request-body.js";
import type { Step } from "../runtime.js";
import { failed, finishRequest } from "../serve.js";
import type { Reply } from "./change.js";
import type { ApiData } from "./data.js";
import { ApiFailure } from "./failure.js";
import { answerCall, type Call } from "./tree.js";

export { type ApiData, loadedAt, type StreamStatus } from "./data.js";

/** Bytes of a call's body at most. */
const MOST_BODY = 64 * 1024;
const methods = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE"]);

/** `api [write=on]`: status as JSON, and changes of upstreams' servers (ngx_http_api_module of NGINX Plus). */
export function serveApi(data: ApiData, writable: boolean): Step {
  return (request) => {
    if (!methods.has(request.method)) return 405;
    if (request.method !== "POST" && request.method !== "PATCH") {
      reply(request, data, writable, "");
      return "done";
    }
    const { bodyTimeoutMs, bodyFolder } = request.location;
    const settings = { memory: MOST_BODY, most: MOST_BODY, timeoutMs: bodyTimeoutMs, folder: bodyFolder };
    readBody(request, settings, (read) => {
      if (request.isFinished) return;
      if (typeof read === "number") {
        finishRequest(request, read);
        return;
      }
      const text = Buffer.from(read.text ?? "", "latin1").toString();
      read.close();
      try {
        reply(request, data, writable, text);
      } catch (error) {
        failed(request, error);
      }
    });
    return "done";
  };
}

function reply(request: HttpRequest, data: ApiData, writable: boolean, body: string): void {
  const { location, method, uri, connection } = request;
  const call: Call = {
    method,
    path: uri
      .slice(location.isRegex ? 0 : location.name.length)
      .split("/")
      .filter((part) => part !== ""),
    body,
    writable,
    address: connection.serverAddress,
  };
  send(request, answered(data, call));
}

function answered(data: ApiData, call: Call): Reply {
  try {
    return answerCall(data, call);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    const { status, message: text, code } = error;
    return { status, value: { error: { status, text, code } } };
  }
}

function send(request: HttpRequest, { status, value, location }: Reply): void {
  const { answer } = request;
  answer.status = status;
  if (value !== undefined) answer.contentType = "application/json";
  answer.add("Cache-Control", "no-cache");
  if (location !== undefined) answer.location = `${request.uri.replace(/\/?$/, "/")}${location}/`;
  sendText(request, value === undefined ? "" : Buffer.from(JSON.stringify(value)));
}
