import { Outcome } from "../../rules/outcome.js";
import { runRules, undecided } from "../../rules/rule.js";
import type { CompiledProxy } from "../compiled.js";
import { passesRequest } from "../content-outcome.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";

/** tcp-request content rules see the request that is there; what isn't there of it they wait for until their delay is over. */
export function inspectRequest(stream: HttpStream, proxy: CompiledProxy): boolean {
  const { requestContext: context, deadlines } = stream;
  if (proxy.requestDelayMs === 0 || stream.bodyComplete) context.final = true;
  else if (context.final && deadlines.phase === never) context.final = false;
  const outcome = runRules(proxy.tcpRequest, context);
  if (outcome === undecided || outcome === Outcome.wait) {
    deadlines.watchPhase(stream.now + Math.max(0, proxy.requestDelayMs));
    if (outcome === undecided) stream.requestBody.collect();
    return false;
  }
  context.final = true;
  deadlines.phase = never;
  if (passesRequest(stream, outcome)) return true;
  stream.breakOff();
  return false;
}
