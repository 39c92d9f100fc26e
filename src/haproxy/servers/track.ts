import { RondoError } from "../../errors.js";
import type { ServerState } from "./server-state.js";
import type { ServersRun } from "./servers-run.js";

/** Connects servers with those they track, of their own back end or another (srv_apply_track). */
export function connectTracks(all: ServersRun): void {
  for (const server of all.all()) {
    const problem = connectTrack(server);
    if (problem !== undefined)
      throw new RondoError("haproxy-track", `server ${server.path}: ${problem}`, {
        remedy: "let it track a server that has a check",
      });
  }
}

/** Gives what forbids it. */
export function connectTrack(server: ServerState): string | undefined {
  const { track } = server.section;
  if (track === undefined) return undefined;
  const backends = server.all.backends;
  const backend =
    track.backend === undefined ? server.backend : backends.find((each) => each.name === track.backend);
  if (backend === undefined) return `unable to find required proxy '${track.backend}' for tracking.`;
  const tracked = backend.server(track.server);
  if (tracked === undefined) return `unable to find required server '${track.server}' for tracking.`;
  const path = tracked.path;
  if (tracked.dynamic) return `unable to use ${path} for tracking as it is a dynamic server.`;
  if (!tracked.section.check && !tracked.section.agentCheck && tracked.section.track === undefined)
    return `unable to use ${path} for tracking as it does not have any check nor agent enabled.`;
  for (let loop: ServerState | undefined = tracked; loop !== undefined; loop = loop.track)
    if (loop === server)
      return `unable to track ${path} as it belongs to a tracking chain looping back to ${loop.path}.`;
  if (
    backend !== server.backend &&
    backend.proxy.section.check.disableOn404 !== server.proxy.section.check.disableOn404
  )
    return `unable to use ${path} for tracking: disable-on-404 option inconsistency.`;
  server.track = tracked;
  tracked.trackers.unshift(server);
  return undefined;
}

/** A server that goes follows none any more. */
export function disconnectTrack(server: ServerState): void {
  const trackers = server.track?.trackers;
  trackers?.splice(trackers.indexOf(server), 1);
  server.track = undefined;
}
