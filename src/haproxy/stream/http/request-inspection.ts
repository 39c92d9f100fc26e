import { Outcome } from "../../rules/outcome.js";
import { runRules, undecided } from "../../rules/rule.js";
import type { CompiledProxy } from "../compiled.js";
import { passesRequest } from "../content-outcome.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";

/** tcp-request content rules see the request that is there; what isn't there of it they wait for until their delay is over. */
export function inspectRequest(stream: HttpStream, proxy: CompiledProxy): boolean {
  const { requestContext: context, deadlines, requestBody } = stream;
  const whole = stream.bodyComplete || requestBody.full || requestBody.cut !== undefined;
  context.final = proxy.requestDelayMs === 0 || whole || stream.delayOver;
  const outcome = runRules(proxy.tcpRequest, context);
  if (outcome === undecided || outcome === Outcome.wait) {
    deadlines.clientActive = stream.now;
    deadlines.watchPhase(stream.now + Math.max(0, proxy.requestDelayMs));
    if (outcome === undecided) requestBody.collect();
    return false;
  }
  context.final = true;
  stream.delayOver = false;
  deadlines.phase = never;
  deadlines.clientActive = never;
  if (passesRequest(stream, outcome)) return true;
  stream.breakOff();
  return false;
}

/** The delay is over: rules decide by what has come. */
export function inspectionLate(stream: HttpStream): void {
  stream.delayOver = true;
  // Timers come before what sockets have: bytes that were there in time are read first, as HAProxy does.
  setImmediate(() => {
    if (stream.delayOver && !stream.ended) stream.advance();
  });
}
