import type { Server } from "../model/server.js";
import { type ProxyDraft, typeOf } from "../read/proxy-draft.js";
import type { Reading } from "../read/reading.js";

/** Servers with their numbers; says which have the same name, and what they track that isn't there. */
export function completeServers(reading: Reading, draft: ProxyDraft): Server[] {
  const names = new Map<string, Server>();
  for (const server of draft.servers) {
    if (server.forcedId) continue;
    const same = names.get(server.name);
    if (same)
      reading.failAt(
        server.place,
        `${typeOf(draft)} '${draft.name}', another server named '${server.name}' was already defined at line ${same.place.line}, please use distinct names.`,
        "same-name",
      );
    else names.set(server.name, server);
  }
  const used = new Set(draft.servers.filter((one) => one.forcedId).map((one) => one.id));
  let next = 1;
  const servers = draft.servers.map((server) => {
    const { minconn, maxconn } = server;
    const limits =
      minconn > maxconn ? { maxconn: minconn } : maxconn > 0 && minconn === 0 ? { minconn: maxconn } : {};
    if (server.forcedId) {
      next++;
      return { ...server, ...limits };
    }
    while (used.has(next)) next++;
    return { ...server, ...limits, id: next++ };
  });
  for (const server of servers) checkTrack(reading, draft, server);
  return servers;
}

function checkTrack(reading: Reading, draft: ProxyDraft, server: Server): void {
  const { track } = server;
  if (!track) return;
  const fail = (message: string, code: string) =>
    reading.failServer(server.place, `server ${draft.name}/${server.name}`, message, code);
  const target =
    track.backend === undefined
      ? draft
      : reading.proxies.find((one) => one.name === track.backend && one.backend);
  if (!target) {
    fail(`unable to find required proxy '${track.backend}' for tracking.`, "unknown-backend");
    return;
  }
  const found = target.servers.find((one) => one.name === track.server);
  if (!found) fail(`unable to find required server '${track.server}' for tracking.`, "unknown-server");
  else if (!found.check && !found.agentCheck && !found.track)
    fail(
      `unable to use ${target.name}/${found.name} for tracking as it does not have any check nor agent enabled.`,
      "not-checked",
    );
  else if (loops(reading, draft, server))
    fail(
      `unable to track ${target.name}/${found.name} as it belongs to a tracking chain looping back to ${target.name}/${server.name}.`,
      "track-loop",
    );
}

function loops(reading: Reading, draft: ProxyDraft, start: Server): boolean {
  const seen = new Set<string>();
  let backend = draft.name;
  let server: Server | undefined = start;
  while (server) {
    const key = `${backend}/${server.name}`;
    if (seen.has(key)) return key === `${draft.name}/${start.name}`;
    seen.add(key);
    const track: Server["track"] = server.track;
    if (!track) return false;
    backend = track.backend ?? backend;
    const from = backend;
    server = reading.proxies
      .find((one) => one.name === from && one.backend)
      ?.servers.find((one) => one.name === track.server);
  }
  return false;
}

/** Names of resolvers sections that servers have (resolvers.c, at the end of all). */
export function checkResolvers(reading: Reading, draft: ProxyDraft): void {
  for (const server of draft.servers)
    if (server.resolvers !== undefined && !reading.resolvers.some((one) => one.name === server.resolvers))
      reading.failWith(
        server.place,
        `${typeOf(draft)} '${draft.name}', server '${server.name}': unable to find required resolvers '${server.resolvers}'`,
        "unknown-resolvers",
      );
}
