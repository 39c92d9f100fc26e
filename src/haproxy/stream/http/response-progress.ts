import type { Trailers } from "../../../proxy/index.js";
import { never } from "../deadlines.js";
import type { HttpStream } from "./http-stream.js";
import { endSize } from "./message-size.js";

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

/**
 * The body is whole, and about to be ended at the client. The connection to the server can serve others, unless the request is still
 * on its way to it: an answer may be given early (413), and the rest of the request is sent on all the same.
 */
export function bodyWhole(stream: HttpStream, trailers: Trailers): void {
  stream.trailers = trailers;
  const { answer, response } = stream;
  stream.bytesOut += endSize(answer.body?.source.length ?? 0, response?.version ?? "1.1", trailers);
  stream.answered = true;
  stream.deadlines.serverActive = never;
  if (stream.bodyComplete) stream.link.release();
  else if (stream.requestBody.broken) stream.link.abandon();
  else if (stream.requestBody.blocked) {
    serverBlocked(stream, true);
    return;
  }
  watchClient(stream);
}

/** After the answer: the server takes less of the request than comes, and is waited for now, not the client. */
export function serverBlocked({ deadlines, now }: HttpStream, blocked: boolean): void {
  deadlines.clientActive = blocked ? never : now;
  deadlines.serverActive = blocked ? now : never;
  deadlines.watch();
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
