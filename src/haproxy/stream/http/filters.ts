import type { BodyLength, BodySink, ResponseHead } from "../../../proxy/index.js";
import type { ResponseFilter, ResponseTransform } from "../../run/index.js";
import type { HttpStream } from "./http-stream.js";

const none: readonly ResponseTransform[] = [];

/** Those of the front end, then of the back end. */
export function filtersOf({ front, back }: HttpStream): readonly ResponseFilter[] {
  return front === back || back.filters.length === 0
    ? front.filters
    : front.filters.length === 0
      ? back.filters
      : [...front.filters, ...back.filters];
}

/** The request is about to go to who answers it. */
export function filterRequest(stream: HttpStream): void {
  for (const filter of filtersOf(stream)) {
    const transform = filter.onRequest?.(stream, stream.request, stream.exchange.body.length);
    if (transform !== undefined) (stream.transforms ??= []).push(transform);
  }
}

/** What the request's body goes through on its way into a sink. */
export function throughRequest(stream: HttpStream, sink: BodySink): BodySink {
  let into = sink;
  for (const transform of stream.transforms ?? none) into = transform.body(into);
  return into;
}

/** What an answer's body is to go through; each is told the length that the one before leaves. */
export function responseTransforms(
  stream: HttpStream,
  head: ResponseHead,
  length: BodyLength,
): readonly ResponseTransform[] {
  const filters = filtersOf(stream);
  if (filters.length === 0) return none;
  const transforms: ResponseTransform[] = [];
  for (const filter of filters) {
    const transform = filter.onResponse(stream, head, lengthAfter(transforms, length));
    if (transform !== undefined) transforms.push(transform);
  }
  return transforms;
}

/** What they make of a body's length. */
export function lengthAfter(transforms: readonly ResponseTransform[], length: BodyLength): BodyLength {
  return transforms.length === 0 ? length : (transforms[transforms.length - 1] as ResponseTransform).length;
}

/** The first transform's sink, whose bytes come out of the last into this one. */
export function throughResponse(transforms: readonly ResponseTransform[], sink: BodySink): BodySink {
  let into = sink;
  for (let at = transforms.length - 1; at >= 0; at--) into = (transforms[at] as ResponseTransform).body(into);
  return into;
}

export function abortTransforms(stream: HttpStream): void {
  for (const transform of stream.transforms ?? none) transform.abort?.();
  stream.transforms = undefined;
}
