import type { HttpStream } from "./http-stream.js";

/** Without abortonclose it isn't noticed until there is an answer to send, as in HAProxy, which doesn't read meanwhile. */
export function clientGone(stream: HttpStream, how: "closed" | "half-closed"): void {
  if (stream.ended || stream.tunnel !== undefined) return;
  const watched =
    stream.front.section.options.abortOnClose &&
    stream.back.section.options.abortOnClose &&
    !stream.responded;
  if (how === "half-closed") {
    if (watched) abort(stream, true);
    return;
  }
  stream.gone = true;
  if (watched || stream.responded || stream.tarpitted || stream.chosenService !== undefined)
    abort(stream, watched);
}

/** `polite`: it may still read an answer. */
function abort(stream: HttpStream, polite: boolean): void {
  if (stream.responded && stream.answer.body === undefined) {
    // An answer of our own that the client didn't wait for.
    stream.finish();
    return;
  }
  if (stream.chosenService !== undefined) {
    stream.onServiceGone?.();
    stream.tally.clientAbort();
    stream.endsBy("C", "D");
    stream.finish();
    return;
  }
  stream.tally.clientAbort();
  if (stream.state === "queue") stream.endsBy("C", "Q");
  else if (stream.state === "connect") stream.endsBy("C", "C");
  else if (stream.state === "request") stream.endsBy("C", stream.tarpitted ? "T" : "R");
  else if (stream.responded) stream.endsBy("C", "D");
  else {
    stream.endsBy("C", polite ? "H" : "D");
    if (polite) stream.status = 400;
  }
  if (stream.state === "queue") stream.times.queued = stream.now;
  stream.breakOff();
}

/** The answer is with the kernel, or will never be. */
export function clientDone(stream: HttpStream): void {
  if (stream.ended || stream.tunnel !== undefined) return;
  if (!stream.responded || stream.gone) return;
  if (stream.link.there) stream.link.abandon();
  stream.finish();
}
