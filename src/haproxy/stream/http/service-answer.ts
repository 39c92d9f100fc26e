import type { BodyLength, BodySink, ResponseHead } from "../../../proxy/index.js";
import { filterRequest, filtersOf, lengthAfter, responseTransforms, throughResponse } from "./filters.js";
import type { HttpStream } from "./http-stream.js";
import { responseSize } from "./message-size.js";
import { Step } from "./request-steps.js";
import { runAfterResponseRules, runResponseRules } from "./response-rules.js";
import { serveService } from "./service-call.js";

/** HAProxy's services say themselves that their answer is chunked. */
const chunkedFieldSize = "transfer-encoding".length + "chunked".length;

/** The service that rules chose answers: stats, the cache, an applet. */
export function answerByService(stream: HttpStream): void {
  const chosen = stream.chosenService as NonNullable<typeof stream.chosenService>;
  stream.endsBy("L", "R");
  stream.steps.goTo(Step.answer);
  stream.times.request = stream.now;
  stream.state = "data";
  filterRequest(stream);
  serveService(stream, chosen.service, chosen.proxy);
}

/** A service has its head ready: the stream sends it, and gives a sink for the body. */
export function respondForService(stream: HttpStream, head: ResponseHead, length: BodyLength): BodySink {
  const { times, now } = stream;
  stream.bytesOut += responseSize(head); // as it came, before rules change it
  if (length === "chunked" && stream.request.version !== "1.0" && !stream.headOnly)
    if (!head.headers.has("transfer-encoding")) stream.bytesOut += chunkedFieldSize;
  stream.response = head;
  stream.status = head.status;
  times.response = now;
  times.queued = times.queued < 0 ? now : times.queued;
  times.connected = times.connected < 0 ? now : times.connected;
  for (const filter of filtersOf(stream)) filter.onAnswer?.(stream, head, length);
  // HAProxy's own pages pass no http-response rules; what its cache gives does.
  if (stream.service !== "<STATS>" && !runResponseRules(stream) && (stream.responded || stream.ended))
    return nowhere();
  runAfterResponseRules(stream);
  const transforms = responseTransforms(stream, head, length);
  stream.responded = true;
  const sink = stream.exchange.respond(head, lengthAfter(transforms, length), {
    close: !stream.bodyComplete || stream.streams.process.stopping === true,
  });
  const into = throughResponse(transforms, sink);
  if (transforms.length > 0) (stream.transforms ??= []).push(...transforms);
  return into;
}

/** Takes the body of an answer that rules refused. */
function nowhere(): BodySink {
  return { write: () => true, end: () => {}, onDrain: () => {} };
}
