import type { ServerRun } from "../run/index.js";
import type { Stream } from "./stream.js";

/** `force-persist` and `ignore-persist`. */
export function applyPersistRules(stream: Stream): void {
  for (const { test, force } of stream.back.persistRules) {
    if (test !== undefined && !test(stream.requestContext)) continue;
    if (force) stream.search.force = true;
    else stream.search.ignoresPersistence = true;
    break;
  }
}

/** `use-server`. */
export function applyServerRules(stream: Stream): void {
  const { back, backend, search } = stream;
  if (search.wanted !== undefined) return;
  for (const { test, server } of back.useServers) {
    if (test !== undefined && !test(stream.requestContext)) continue;
    const name = typeof server === "function" ? server(stream.requestContext) : server;
    const found = backend.back?.servers.find((each) => each.name === name);
    if (found === undefined) break;
    if (mayPersist(stream, found)) {
      search.stickTo(found);
      break;
    }
  }
}

/** Whether a server that was named may be taken: it isn't down, or that is to be overlooked. */
export function mayPersist(stream: Stream, server: ServerRun): boolean {
  return server.operational !== 0 || stream.back.section.options.persist || stream.search.force;
}
