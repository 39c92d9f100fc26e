import { pathOnly } from "../../rules/uri.js";
import { countRequest } from "../../tables/index.js";
import { capture } from "../compiled.js";
import type { HttpStream } from "./http-stream.js";
import { refuseCut } from "./request-body-wait.js";

/** A request has passed content inspection: it is counted, and captured for the log. false: it is answered before any further rule. */
export function beginRequest(stream: HttpStream): boolean {
  const { front, request, session } = stream;
  const run = stream.frontend.front;
  if (run !== undefined) {
    stream.tally.front("requests");
    run.counters.atMost("requestRateMax", run.requestRate.add(stream.times.firstByte));
  }
  if (session.tracked.length > 0 || stream.tracked.length > 0) countRequest({ session, stream });
  if (stream.requestBody.cut === "malformed") {
    stream.tally.trackedError();
    refuseCut(stream, "malformed");
    return false;
  }
  stream.unread = false;
  if (stream.clientMethod === "PRI") {
    stream.unreadable = true;
    stream.tally.entry("failedRequests");
    stream.own.refuse(400, "P", "R");
    return false;
  }
  const { monitorUri } = front.section;
  if (monitorUri !== undefined && isMonitor(request.target, monitorUri)) {
    answerMonitor(stream);
    return false;
  }
  if (front.requestCaptures.length > 0)
    capture(front.requestCaptures, request.headers, stream.requestCaptures);
  return true;
}

function isMonitor(target: string, uri: string): boolean {
  return target === uri || pathOnly(target) === uri;
}

/** `monitor-uri`: who asks is told whether the proxy is well. */
function answerMonitor(stream: HttpStream): void {
  stream.unlogged = true;
  stream.tally.front("interceptedRequests");
  const failing = stream.front.monitorFail.some((test) => test(stream.requestContext));
  stream.own.refuse(failing ? 503 : 200, "L", "R");
}
