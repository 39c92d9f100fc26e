import type { BodySink, Headers } from "../../proxy/index.js";
import type { Service } from "../run/index.js";
import type { ObjectNumber } from "./block-layout.js";
import { type Cache, readObject } from "./cache.js";

/** Gives up objects that were found for requests which another rule answered in the end. */
const neverServed = new FinalizationRegistry<() => void>((release) => release());

/** Answers with an object that was acquired for it: it is in use until the answer was given, or this is forgotten. */
export function cacheService(
  cache: Cache,
  object: ObjectNumber,
  request: Headers,
  seconds: () => number,
): Service {
  let released = false;
  const release = () => {
    if (!released) cache.blocks.locked(() => cache.blocks.release(object));
    released = true;
  };
  const service: Service = {
    name: "<CACHE>",
    serve(call) {
      neverServed.unregister(service);
      const { head, length, body, notModified } = readObject(cache, object, request, seconds());
      if (call.stream.http !== undefined) {
        call.stream.http.cacheHit = true;
        call.stream.http.cacheName = cache.name;
      }
      call.onGone = release;
      const sink = call.respond(head, length === "close" ? "chunked" : length);
      if (notModified || call.request.method === "HEAD") {
        release();
        sink.end();
      } else send(cache.blocks.read(object, body)[Symbol.iterator](), sink, () => released, release);
    },
  };
  neverServed.register(service, release, service);
  return service;
}

function send(pieces: Iterator<Buffer>, sink: BodySink, isGone: () => boolean, release: () => void): void {
  const next = () => {
    while (!isGone()) {
      const piece = pieces.next();
      if (piece.done) {
        release();
        sink.end();
        return;
      }
      if (!sink.write(piece.value)) return;
    }
  };
  sink.onDrain = next;
  next();
}
