import type { UpstreamServer } from "../../config/nginx/model/index.js";
import type { Table, TableServer } from "./table.js";

/** Why a change of servers isn't made. */
export type Refusal = "exists" | "unknown" | "immutable" | "full";

export interface Changed {
  readonly table: Table;
  /** The server that was added or changed; of one that was removed as it was. */
  readonly server: TableServer;
}

/** Adds a server that is an address, at a free place. */
export function withServer(table: Table, server: UpstreamServer, free: readonly number[]): Changed | Refusal {
  if (table.servers.some((each) => each.server.name === server.name)) return "exists";
  const [place] = free;
  if (place === undefined) return "full";
  const id = table.nextId;
  const added: TableServer = { id, server, peers: [{ id, place }] };
  return { table: { nextId: id + 1, servers: [...table.servers, added] }, server: added };
}

/** Changes what is said of a server. */
export function withChange(table: Table, id: number, change: Partial<UpstreamServer>): Changed | Refusal {
  const before = find(table, id);
  if (typeof before === "string") return before;
  const server = { ...before, server: { ...before.server, ...change } };
  const servers = table.servers.map((each) => (each === before ? server : each));
  return { table: { ...table, servers }, server };
}

export function withoutServer(table: Table, id: number): Changed | Refusal {
  const server = find(table, id);
  if (typeof server === "string") return server;
  return { table: { ...table, servers: table.servers.filter((each) => each !== server) }, server };
}

/** A server by its number; an address that a name was resolved to isn't changed by itself. */
function find({ servers }: Table, id: number): TableServer | Refusal {
  const found = servers.find((each) => each.id === id);
  if (found !== undefined) return found;
  return servers.some(({ peers }) => peers.some((peer) => peer.id === id)) ? "immutable" : "unknown";
}
