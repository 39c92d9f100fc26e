import type { BackendState } from "./backend-state.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";

const whys = ["down", "up", "killed"] as const;
export type Why = (typeof whys)[number];

/** Ends all streams of a server, in all threads (srv_shutdown_streams). */
export function shutdownStreams(server: ServerState, why: Why): void {
  server.memory.set(field.shutDownWhy, whys.indexOf(why));
  server.memory.add(field.shutDown, 1);
  server.all.lock.afterwards(() => {
    server.all.heed();
    server.all.wakeups.wakeAll();
  });
}

export function shutdownBackups(backend: BackendState, why: Why): void {
  for (const server of backend.servers) if (server.backup) shutdownStreams(server, why);
}

/** Ends those of this thread. */
export function shutdownOwn(server: ServerState): void {
  const why = whys[server.memory.get(field.shutDownWhy)] as Why;
  for (const stream of [...server.all.surroundings.streams])
    if (stream.server === server) stream.shutdown(why);
}
