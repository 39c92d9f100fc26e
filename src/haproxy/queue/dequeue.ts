import type { ServerState } from "../servers/server-state.js";

/** What the changes of servers' states do with queues; each gives how many streams moved. */
export function redistribute(server: ServerState): number {
  const { backend } = server;
  const { section } = backend.proxy;
  // Only with `option redispatch`, and without `option persist`.
  if (section.redispatch === undefined || section.options.persist) return 0;
  return working(server, () => backend.queue.redistribute(server));
}

export function grabFromBackend(server: ServerState): number {
  return working(server, () => server.backend.queue.grab(server));
}

export function processQueue(server: ServerState): number {
  return working(server, () => server.backend.queue.process(server));
}

function working(server: ServerState, work: () => number): number {
  const { backend, all } = server;
  const moved = backend.lock.hold(work);
  if (moved > 0) all.lock.afterwards(() => backend.queue.wake());
  return moved;
}
