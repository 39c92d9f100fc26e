import { never } from "../deadlines.js";
import type { EndedBy, EndedIn } from "../endings.js";
import type { HttpStream } from "./http-stream.js";

/** Where a message couldn't be read. */
export interface Unreadable {
  readonly reason: string;
  readonly position: number;
  readonly bytes: Buffer;
}

/** No server could be had. */
export function noServer(stream: HttpStream, by: EndedBy, phase: EndedIn): void {
  stream.status = 503;
  stream.endsBy(by, phase);
  // What another request left is broken: the client tries again by itself.
  if (stream.reused && phase === "C" && by === "S") stream.breakOff();
  else stream.own.answer();
}

/** There is no answer from the server, or none that could be sent on: the client is told. */
export function failResponse(stream: HttpStream, status: number, by: EndedBy): void {
  stream.status = status;
  stream.tally.trackedFailure();
  stream.endsBy(by, "H");
  stream.own.answer();
}

/** The proxy doesn't send the answer on. */
export function refuseResponse(stream: HttpStream, status: number, by: EndedBy): void {
  stream.times.response = -1;
  stream.status = status;
  stream.endsBy(by, "H");
  stream.response = undefined;
  stream.own.answer();
}

/** The answer is none that HTTP allows, as it turned out. */
export function badResponse(stream: HttpStream): void {
  stream.tally.responseError("response-bad");
  stream.link.abandon();
  if (stream.back.retryOn.junk && retryLayer7(stream)) return;
  stream.times.response = -1;
  stream.response = undefined;
  failResponse(stream, 502, "P");
}

/** No answer came, or only a part of its head. */
export function responseFailed(
  stream: HttpStream,
  why: "empty" | "reset" | "malformed" | "refused",
  detail: Unreadable | undefined,
): void {
  const { retryOn } = stream.back;
  stream.link.forget();
  if (why === "malformed") {
    if (detail !== undefined) captureResponse(stream, detail);
    stream.tally.responseError("response-bad");
    if (!retryOn.junk || !retryLayer7(stream)) failResponse(stream, 502, "P");
    return;
  }
  if ((retryOn.empty || why === "refused") && retryLayer7(stream)) return;
  if (stream.reused && stream.session.requests > 1 && why !== "refused") {
    // The server closed a connection that it had kept: the client knows that this may happen, and sends its request again.
    stream.unlogged = true;
    stream.status = 0;
    stream.breakOff();
    return;
  }
  stream.tally.responseError("response-bad");
  failResponse(stream, 502, "S");
}

/** For `show errors`. */
function captureResponse(stream: HttpStream, detail: Unreadable): void {
  const { streams, frontend, backend, server, source } = stream;
  streams.captureError("response", backend, { frontend, backend, server, source, ...detail });
}

/** The server took too long to begin its answer. */
export function responseLate(stream: HttpStream): void {
  if (stream.back.retryOn.timeout && retryLayer7(stream)) return;
  stream.tally.responseError("response-timeout");
  stream.link.abandon();
  failResponse(stream, 504, "s");
}

/** The answer was whole before the request, whose rest the server doesn't take. */
export function requestUnsent(stream: HttpStream): void {
  stream.link.forget();
  stream.tally.serverAbort();
  stream.endsBy("S", "D");
  stream.breakOff();
}

/** The body that `http-response wait-for-body` waits for didn't come in time. */
export function responseBodyLate(stream: HttpStream): void {
  stream.times.response = -1;
  stream.tally.trackedFailure();
  stream.link.abandon();
  stream.status = 504;
  stream.endsBy("s", "D");
  stream.response = undefined;
  stream.own.answer();
}

/** `retry-on`: the request once more, to this server or another one. false: it isn't to be, or can't be sent again. */
export function retryLayer7(stream: HttpStream): boolean {
  if (!stream.layer7Retry) return false;
  if (stream.retries >= stream.back.section.retries || !stream.requestBody.canRepeat) return false;
  stream.link.drop();
  stream.deadlines.serverActive = never;
  const elsewhere = stream.search.nextTry();
  stream.times.connected = -1;
  stream.response = undefined;
  stream.status = -1;
  stream.endedBy = "-";
  stream.endedIn = "-";
  stream.search.tryAgain(elsewhere);
  return true;
}
