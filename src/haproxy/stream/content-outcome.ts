import { Outcome } from "../rules/outcome.js";
import type { Stream } from "./stream.js";

/** What `tcp-request content` rules decided. false: the stream is to be broken off; that is counted, and how it ends said. */
export function passesRequest(stream: Stream, outcome: number): boolean {
  switch (outcome) {
    case Outcome.next:
    case Outcome.stop:
    case Outcome.done:
      return true;
    case Outcome.deny:
      stream.tally.entry("deniedRequests");
      break;
    case Outcome.error:
      stream.tally.entry("internalErrors");
      stream.endsBy("I", "R");
      break;
    case Outcome.invalid:
      stream.tally.entry("failedRequests");
      break;
    default:
  }
  stream.endsBy("P", "R");
  return false;
}

/** What `tcp-response content` rules decided. */
export function passesResponse(stream: Stream, outcome: number): boolean {
  switch (outcome) {
    case Outcome.next:
    case Outcome.stop:
    case Outcome.done:
      return true;
    case Outcome.deny:
      stream.tally.deniedResponse();
      break;
    case Outcome.error:
      stream.tally.internalError();
      stream.endsBy("I", "D");
      break;
    case Outcome.invalid:
      stream.tally.behind("responseErrors");
      break;
    default:
  }
  stream.endsBy("P", "D");
  return false;
}
