import type { UpstreamModel, UpstreamServer } from "../../config/nginx/model/index.js";
import { isNamed } from "./address.js";

/** An address that a server's name has: of SRV records with the port, weight and rank that they say. */
export interface FoundAddress {
  readonly address: string;
  readonly port?: number;
  readonly weight?: number;
  /** Of a lower rank than the best (RFC 2782's priority): used where no other serves. */
  readonly backup?: boolean;
  /** The name that an SRV record leads to. */
  readonly name?: string;
}

/** Where a peer's state is, and for a server that is a name the address that it stands for. */
export interface TablePeer {
  readonly id: number;
  readonly place: number;
  readonly found?: FoundAddress;
}

/** A server of an upstream with its peers: one, or as many as its name has addresses. */
export interface TableServer {
  readonly id: number;
  readonly server: UpstreamServer;
  readonly peers: readonly TablePeer[];
}

/** Which servers and addresses an upstream has now; it is never changed, but another takes its place. */
export interface Table {
  readonly nextId: number;
  readonly servers: readonly TableServer[];
}

/** What the configuration says: servers have their numbers in its order. */
export function firstTable(model: UpstreamModel): Table {
  let place = 0;
  const servers = model.servers.map((server, id) => ({
    id,
    server,
    peers: isNamed(server) ? [] : [{ id, place: place++ }],
  }));
  return { nextId: servers.length, servers };
}

const keyOf = ({ address, port, weight, backup, name }: FoundAddress): string =>
  [address, port, weight, backup, name].join(" ");

/** By what makes an address the same as before; one that is there twice (SRV records may be alike) is two. */
function byKey<T>(all: readonly T[], foundOf: (each: T) => FoundAddress): Map<string, T> {
  const map = new Map<string, T>();
  for (const each of all) {
    let key = keyOf(foundOf(each));
    while (map.has(key)) key += "+";
    map.set(key, each);
  }
  return map;
}

export interface Resolved {
  readonly table: Table;
  /** Places whose state begins. */
  readonly begun: readonly number[];
}

/**
 * A server's name has other addresses: those that it had keep their places. An address for which there is no free place is left out until it is found
 * again.
 * @returns undefined where nothing changes
 */
export function withAddresses(
  table: Table,
  id: number,
  addresses: readonly FoundAddress[],
  free: readonly number[],
): Resolved | undefined {
  const server = table.servers.find((each) => each.id === id);
  if (server === undefined) return undefined;
  const before = byKey(server.peers, ({ found }) => found as FoundAddress);
  const wanted = byKey(addresses, (found) => found);
  if (before.size === wanted.size && [...wanted.keys()].every((key) => before.has(key))) return undefined;
  let { nextId } = table;
  const left = [...free];
  const begun: number[] = [];
  const peers = [...wanted].flatMap(([key, found]): TablePeer[] => {
    const known = before.get(key);
    if (known !== undefined) return [known];
    const place = left.shift();
    if (place === undefined) return [];
    begun.push(place);
    return [{ id: nextId++, place, found }];
  });
  const servers = table.servers.map((each) => (each.id === id ? { ...each, peers } : each));
  return { table: { nextId, servers }, begun };
}

/** What a peer's server says, with what its address says instead. */
export function serverOf({ server }: TableServer, { found }: TablePeer): UpstreamServer {
  if (found?.name === undefined) return server;
  return {
    ...server,
    name: found.name,
    ...(found.port !== undefined && { port: found.port }),
    ...(server.weight === 1 && found.weight !== undefined && { weight: found.weight }),
    backup: server.backup || found.backup === true,
  };
}
