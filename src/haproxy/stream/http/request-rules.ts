import { Outcome } from "../../rules/outcome.js";
import { runRules, undecided } from "../../rules/rule.js";
import type { CompiledProxy } from "../compiled.js";
import type { HttpStream } from "./http-stream.js";
import { captureCookies } from "./request-process.js";
import { Step } from "./request-steps.js";
import { answerByService } from "./service-answer.js";
import { isStats } from "./stats-uri.js";

/** Rules of one proxy, then its stats page. false: the request doesn't go on now. */
export function runRequestRules(stream: HttpStream, proxy: CompiledProxy): boolean {
  if (proxy.httpRequest.length > 0) {
    const outcome = runRules(proxy.httpRequest, stream.requestContext);
    if (outcome !== Outcome.wait) stream.lenient = false;
    if (!passes(stream, outcome)) return false;
    if (outcome === Outcome.done) return true;
  }
  const names = proxy.section.options.httpRestrictReqHdrNames;
  if ((names === "delete" || names === "reject") && !restrictNames(stream, names === "reject")) return false;
  const { stats } = proxy.section;
  if (stream.chosenService === undefined && stats !== undefined && isStats(stream.request, stats.uri))
    if (!chooseStats(stream, proxy)) return false;
  if (stream.chosenService === undefined) return true;
  if (stream.frontend === stream.backend) stream.tally.front("interceptedRequests");
  answerByService(stream);
  return false;
}

/** `option http-restrict-req-hdr-names`. */
function restrictNames(stream: HttpStream, rejects: boolean): boolean {
  const { headers } = stream.request;
  const { names } = headers;
  for (let at = names.length - 1; at >= 0; at--) {
    if (/^[A-Za-z0-9-]*$/.test(names[at] as string)) continue;
    if (rejects) {
      stream.status = 403;
      return passes(stream, Outcome.deny);
    }
    headers.removeAt(at);
  }
  return true;
}

/** The stats page is asked for: its own rules decide whether it may be. */
function chooseStats(stream: HttpStream, proxy: CompiledProxy): boolean {
  const service = stream.streams.process.services?.get("stats");
  if (service === undefined) return passes(stream, Outcome.error);
  stream.chooseService(service, proxy.proxy);
  const outcome = runRules(proxy.statsRules, stream.requestContext);
  return outcome === Outcome.stop || passes(stream, outcome);
}

/** What rules decided. */
function passes(stream: HttpStream, outcome: Outcome | typeof undecided): boolean {
  switch (outcome) {
    case Outcome.next:
    case Outcome.stop:
    case Outcome.done:
      return true;
    case Outcome.wait:
    case undecided:
      return false;
    case Outcome.deny:
      deny(stream);
      return false;
    case Outcome.abort:
      stream.endsBy("P", "R");
      if (!stream.responded && !stream.ended) stream.breakOff();
      return false;
    case Outcome.invalid:
      stream.tally.entry("failedRequests");
      stream.own.refuse(400, "P", "R");
      return false;
    default:
      stream.tally.internalError();
      stream.own.refuse(500, "I", "R");
      return false;
  }
}

function deny(stream: HttpStream): void {
  if (stream.status < 0) stream.status = 403;
  captureCookies(stream);
  stream.tally.trackedError();
  stream.tally.denied();
  if (stream.tarpitted) {
    tarpit(stream);
    return;
  }
  stream.times.request = stream.now;
  stream.endsBy("P", "R");
  stream.own.answer();
}

/** The client is let wait before it is refused. */
function tarpit(stream: HttpStream): void {
  const { tarpit: wait, connect } = stream.back.section.timeouts;
  stream.steps.goTo(Step.answer);
  stream.deadlines.phase = stream.now + Math.max(0, wait ?? connect ?? 0);
  stream.requestBody.discard();
  stream.deadlines.watch();
}
