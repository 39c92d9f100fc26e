import type { Server } from "../../config/haproxy/model/index.js";
import { admin } from "./admin.js";
import type { BackendState } from "./backend-state.js";
import { namedServers } from "./references.js";
import { ServerState } from "./server-state.js";
import type { ServersRun } from "./servers-run.js";
import { connectTrack, disconnectTrack } from "./track.js";
import { recalculate } from "./weight.js";

/** What other threads are told: the server's line, and the memory that was made for it. */
interface Added {
  readonly backend: string;
  readonly section: Server;
  readonly pieces: readonly (readonly [string, SharedArrayBuffer])[];
}

/**
 * Adds a server to a back end while it runs, in maintenance, with its checks off until they are enabled. An id of 0 is made the lowest free one.
 * Gives what forbids it.
 */
export function addServer(backend: BackendState, section: Server): ServerState | string {
  const { all } = backend;
  if (!backend.algorithm.dynamic)
    return "Backend must use a dynamic load balancing to support dynamic servers.";
  if (backend.server(section.name) !== undefined)
    return "Already exists a server with the same name in backend.";
  if (section.proto !== undefined && backend.proxy.section.mode === "tcp")
    return "MUX protocol is not usable for server.";
  const taken = new Set(backend.servers.map(({ id }) => id));
  let id = section.id;
  if (id === 0) for (id = 1; taken.has(id); ) id++;
  else if (taken.has(id)) return `custom id ${id} is already used by another server.`;
  const known = new Set(all.surroundings.memory.pieces.keys());
  const server = new ServerState(backend, { ...section, id }, all, true);
  const problem = connectTrack(server);
  if (problem !== undefined) return problem;
  enter(server);
  recalculate(server);
  const pieces = [...all.surroundings.memory.pieces].filter(([name]) => !known.has(name));
  const message: Added = { backend: backend.name, section: { ...section, id }, pieces };
  all.surroundings.link?.broadcast("server-added", message);
  all.checks.add(server);
  return server;
}

/** Takes a server out that was put in maintenance and that nothing is connected to. Gives what forbids it. */
export function removeServer(server: ServerState): string | undefined {
  const { backend, all } = server;
  const named = !server.dynamic && namedServers(all.surroundings.config).has(server.path);
  if (server.trackers.length > 0 || named)
    return "This server cannot be removed at runtime due to other configuration elements pointing to it.";
  if (!(server.administrative & admin.maint)) return "Only servers in maintenance mode can be deleted.";
  if (server.sessions.value > 0 || server.idle > 0 || server.queued > 0)
    return "Server still has connections attached to it, cannot remove it.";
  all.checks.remove(server);
  leave(server);
  all.surroundings.link?.broadcast("server-removed", { backend: backend.name, server: server.name });
  return undefined;
}

/** Does what another thread has done. */
export function hearOfServers(all: ServersRun): void {
  const { link, memory } = all.surroundings;
  link?.on("server-added", (message) => {
    const { backend: name, section, pieces } = message as Added;
    const backend = all.backends.find((each) => each.name === name);
    if (backend === undefined || backend.server(section.name) !== undefined) return;
    for (const [piece, buffer] of pieces) memory.pieces.set(piece, buffer);
    const server = new ServerState(backend, section, all, true);
    connectTrack(server);
    enter(server);
  });
  link?.on("server-removed", (message) => {
    const { backend: name, server: removed } = message as { backend: string; server: string };
    const server = all.backends.find((each) => each.name === name)?.server(removed);
    if (server !== undefined) leave(server);
  });
}

function enter(server: ServerState): void {
  server.backend.lock.hold(() => server.backend.enter(server));
  server.all.watch(server);
}

function leave(server: ServerState): void {
  disconnectTrack(server);
  server.backend.lock.hold(() => server.backend.leave(server));
  server.all.forget(server);
}
