import { number } from "./layout.js";
import type { ServerState } from "./server-state.js";

/** A back end without servers is about to have one again: how long it had none is added to its downtime. */
export function endBackendDowntime(server: ServerState): void {
  const { backend } = server;
  if (backend.active + backend.backups > 0) return;
  const now = Date.now();
  if (backend.proxy.lastChange < now) backend.addDowntime(now - backend.proxy.lastChange);
  backend.proxy.lastChange = now;
}

/** Until now a server was down. */
export function addDowntime(server: ServerState, now: number): void {
  const { memory } = server;
  if (server.lastChange < now)
    memory.numbers[number.downtime] = memory.number(number.downtime) + now - server.lastChange;
}
