import type { ProxyRun } from "../run/index.js";
import type { Stream } from "./stream.js";

/** use_backend, default_backend, or the proxy itself. */
export function chooseBackend(stream: Stream): void {
  if (stream.assigned) return;
  const { front, requestContext, streams } = stream;
  for (const { test, backend } of front.useBackends) {
    if (test !== undefined && !test(requestContext)) continue;
    const chosen = typeof backend === "function" ? streams.process.backend(backend(requestContext)) : backend;
    if (chosen === undefined) break;
    setBackend(stream, chosen);
    return;
  }
  setBackend(stream, front.defaultBackend ?? stream.frontend);
}

/** The back end counts the stream as one of its own from now on. */
export function setBackend(stream: Stream, backend: ProxyRun): void {
  if (stream.assigned) return;
  stream.backend = backend;
  stream.back = stream.streams.compiled(backend);
  stream.assigned = true;
  const { back } = backend;
  if (back === undefined) return;
  back.counters.atMost("sessionsMax", back.sessions.add(1));
  back.counters.add("sessions");
  back.counters.atMost("sessionRateMax", back.rate.add(stream.now));
}
