import { Headers, type ResponseHead } from "../../proxy/index.js";
import type { ServiceCall } from "../run/index.js";

/** The head of an answer that a service makes. */
export function responseHead(
  status: number,
  reason: string,
  headers: readonly (readonly [string, string])[],
): ResponseHead {
  const made = new Headers();
  for (const [name, value] of headers) made.add(name, value);
  return { status, reason, version: "1.1", headers: made };
}

/** Sends a body piece by piece, as fast as the client takes it. */
export function sendPieces(call: ServiceCall, head: ResponseHead, pieces: Iterator<string>): void {
  const sink = call.respond(head, "chunked");
  let gone = false;
  call.onGone = () => {
    gone = true;
    pieces.return?.();
  };
  const more = () => {
    while (!gone) {
      const { done, value } = pieces.next();
      if (done) {
        sink.end();
        return;
      }
      if (value !== "" && !sink.write(Buffer.from(value, "latin1"))) return;
    }
  };
  sink.onDrain = more;
  if (call.request.method === "HEAD") sink.end();
  else more();
}
