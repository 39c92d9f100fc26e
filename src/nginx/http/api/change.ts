import type { UpstreamServer } from "../../../config/nginx/model/index.js";
import type { Refusal, TableServer, Upstream } from "../../upstream/index.js";
import { ApiFailure, badFormat } from "./failure.js";
import { readServer } from "./server-input.js";
import { serverView } from "./views.js";

export interface Reply {
  readonly status: number;
  readonly value: unknown;
  readonly location?: string;
}

export type Role = "http" | "stream";

const place = { file: "API", line: 0, column: 0 };
const usual: Omit<UpstreamServer, "name" | "host" | "port" | "path"> = {
  weight: 1,
  maxConns: 0,
  maxFails: 1,
  failTimeout: 10,
  slowStartMs: 0,
  backup: false,
  down: false,
  drain: false,
  resolve: false,
  service: undefined,
  route: undefined,
  place,
};

const refusals: Readonly<
  Record<Refusal, readonly [status: 400 | 404 | 409 | 413, text: string, code: string]>
> = {
  exists: [409, "entry exists", "EntryExists"],
  unknown: [404, "server with this ID does not exist", "UpstreamServerNotFound"],
  immutable: [400, "server is immutable", "UpstreamServerImmutable"],
  full: [413, "upstream memory exhausted", "UpstreamOutOfMemory"],
};

function made(done: TableServer | Refusal): TableServer {
  if (typeof done === "string") throw new ApiFailure(...refusals[done]);
  return done;
}

/** http has a port where none is said. */
const portOf = (role: Role): number | undefined => (role === "http" ? 80 : undefined);

/** POST …/servers/: adds one. @throws ApiFailure */
export function addServer(upstream: Upstream, role: Role, text: string): Reply {
  const { name, ...said } = readServer(text, role, portOf(role));
  if (name === undefined) throw badFormat('missing "server" argument');
  refuseBackup(upstream, said.backup === true);
  const server = { ...usual, ...said, name } as UpstreamServer;
  const added = made(upstream.addServer(server));
  return { status: 201, value: serverView(added, role), location: String(added.id) };
}

/** PATCH …/servers/ID: changes what the body says. @throws ApiFailure */
export function changeServer(upstream: Upstream, role: Role, id: number, text: string): Reply {
  const { name, host, port, path, ...said } = readServer(text, role, portOf(role));
  if (name !== undefined) throw new ApiFailure(400, "server address is immutable", "UpstreamServerImmutable");
  if (said.backup !== undefined) throw new ApiFailure(400, "server is immutable", "UpstreamServerImmutable");
  // Who says that it is down or not says that it doesn't drain.
  const change = said.down !== undefined && said.drain === undefined ? { ...said, drain: false } : said;
  return { status: 200, value: serverView(made(upstream.changeServer(id, change)), role) };
}

/** DELETE …/servers/ID: gives those that are left. @throws ApiFailure */
export function removeServer(upstream: Upstream, role: Role, id: number): Reply {
  made(upstream.removeServer(id));
  return { status: 200, value: upstream.servers.map((server) => serverView(server, role)) };
}

/** What chooses by a calculation over all servers has no backups (ngx_http_upstream_hash_module). */
function refuseBackup({ model }: Upstream, backup: boolean): void {
  if (backup && ["ip_hash", "hash", "random"].includes(model.balance.kind))
    throw badFormat('load balancing method does not support "backup" servers');
}
