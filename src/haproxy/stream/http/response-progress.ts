import type { Trailers } from "../../../proxy/index.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";
import { trailersSize } from "./message-size.js";

/** So much of an answer's body came, and was given to the client or is held. */
export function bytesSent(stream: HttpStream, bytes: number): void {
  stream.bytesOut += bytes;
  const now = stream.now;
  stream.lastActivity = now;
  stream.deadlines.serverActive = now;
}

/** The client takes less than comes: it is waited for now, not the server. */
export function clientBlocked({ deadlines, now }: HttpStream, blocked: boolean): void {
  deadlines.clientActive = blocked ? now : never;
  deadlines.serverActive = blocked ? never : now;
  deadlines.watch();
}

/** The body is whole, and about to be ended at the client; the connection to the server can serve others. */
export function bodyWhole(stream: HttpStream, trailers: Trailers): void {
  if (trailers !== undefined) {
    stream.trailers = trailers;
    stream.bytesOut += trailersSize(trailers);
  }
  stream.deadlines.serverActive = never;
  stream.link.release();
  watchClient(stream);
}

/** The answer broke off in the midst of its body. */
export function answerBroken(stream: HttpStream, why: "aborted" | "malformed"): void {
  if (stream.ended) return;
  stream.link.forget();
  if (why === "malformed") stream.tally.responseError("response-bad");
  else stream.tally.serverAbort();
  stream.tally.trackedFailure();
  stream.endsBy("S", "D");
  stream.breakOff();
}

/** What isn't yet with the client must get there in time. */
export function watchClient(stream: HttpStream): void {
  if (stream.ended) return;
  stream.deadlines.clientActive = stream.now;
  stream.deadlines.watch();
}
