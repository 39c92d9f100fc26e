import { Headers, type ResponseHead } from "../../../proxy/index.js";
import type { CompiledProxy } from "../compiled.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";
import { responseSize } from "./message-size.js";
import { rawBuiltinMessage } from "./messages.js";
import type { CutBody } from "./request-body.js";

/** http-buffer-request and its like: whether so much of the body is there (0: all of it), or will not be there in time. */
export function bodyThere(stream: HttpStream, bytes: number, proxy: CompiledProxy): boolean {
  const there = waitForBody(stream, bytes, proxy.section.timeouts.httpRequest ?? 0);
  if (there) stream.times.request = stream.now;
  return there;
}

/** For `wait-for-body` too; true: go on. The timeout answers 408. */
export function waitForBody(stream: HttpStream, bytes: number, timeoutMs: number): boolean {
  const { requestBody, deadlines, exchange } = stream;
  if (requestBody.cut !== undefined || requestBody.has(bytes)) {
    deadlines.phase = never;
    deadlines.clientActive = never;
    return true;
  }
  if (exchange.expectsContinue) {
    const head: ResponseHead = { status: 100, reason: "Continue", version: "1.1", headers: new Headers() };
    stream.bytesOut += responseSize(head);
    exchange.inform(head);
  }
  deadlines.clientActive = stream.now;
  if (timeoutMs > 0) deadlines.watchPhase(stream.now + timeoutMs);
  deadlines.watch();
  requestBody.collect();
  // Bytes may have been there already.
  return requestBody.has(bytes);
}

/** More of the body has been collected, or its end. */
export function bodyCame(stream: HttpStream): void {
  if (!stream.ended && !stream.steps.over) stream.advance();
}

/** It isn't there in time. */
export function bodyLate(stream: HttpStream): void {
  stream.status = 408;
  stream.tally.entry("failedRequests");
  stream.endsBy("c", "R");
  stream.own.answer(true);
}

/** Its rest won't come, or can't be read. */
export function bodyBroken(stream: HttpStream, why: "aborted" | "malformed"): void {
  if (stream.ended) return;
  const malformed = why === "malformed";
  if (!stream.steps.over) {
    if (malformed && !stream.steps.inspecting) refuseCut(stream, "malformed");
    else runToEnd(stream, malformed ? "malformed" : "closed");
    return;
  }
  if (malformed && !stream.responded) {
    if (stream.exchange.body.received === 0) {
      neverWas(stream);
      return;
    }
    stream.tally.entry("failedRequests");
    stream.link.abandon();
    stream.own.refuse(400, "P", "D");
    return;
  }
  stream.tally.clientAbort();
  stream.endsBy(malformed ? "P" : "C", "D");
  stream.breakOff();
}

/** Rules are run to their end all the same: what they count and choose is seen in the log. */
export function runToEnd(stream: HttpStream, cut: CutBody): void {
  stream.requestBody.cut = cut;
  stream.deadlines.phase = never;
  stream.deadlines.clientActive = never;
  stream.advance();
}

/** No rule has answered a request that won't be whole. */
export function refuseCut(stream: HttpStream, cut: CutBody): void {
  if (cut === "malformed") {
    stream.tally.entry("failedRequests");
    stream.own.refuse(400, "P", "R");
    return;
  }
  stream.tally.clientAbort();
  stream.endsBy(cut === "late" ? "c" : "C", "R");
  stream.breakOff();
}

/** Its body can't be read from its first byte on: as HAProxy, which reads that together with the head, this was no request. */
function neverWas(stream: HttpStream): void {
  const { times } = stream;
  stream.link.abandon();
  times.request = times.queued = times.connected = -1;
  stream.server = undefined;
  stream.tools = undefined;
  stream.unreadable = true;
  stream.bytesIn = 0;
  stream.tally.entry("failedRequests");
  stream.status = 400;
  stream.endsBy("P", "R");
  stream.responded = true;
  stream.exchange.respondRaw(rawBuiltinMessage(400), true);
  stream.finish();
}
