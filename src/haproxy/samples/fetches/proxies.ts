import type { Argument } from "../../../config/haproxy/model/index.js";
import type { BackRun, Fetched, FrontRun, ProxyRun, SampleContext, ServerRun } from "../../run/index.js";
import type { Environment, Fetches, MakeFetch } from "../registry.js";
import { bool, sint, str } from "../value.js";

/** The proxy that an argument names: "" is the one at hand. */
function proxyOf(
  argument: Argument | undefined,
  side: "frontend" | "backend",
  environment: Environment,
  context: SampleContext,
): ProxyRun | undefined {
  const name = argument?.kind === side || argument?.kind === "str" ? nameOf(argument) : "";
  if (name !== "") return environment.process[side](name);
  const { stream, session, check } = context;
  if (side === "frontend") return stream?.frontend ?? session?.frontend;
  return stream?.backend ?? check?.server.proxy ?? session?.frontend;
}

const nameOf = (argument: Argument): string =>
  "name" in argument ? argument.name : argument.kind === "str" ? argument.value : "";

const ofBackend =
  (read: (back: BackRun, proxy: ProxyRun, environment: Environment) => Fetched): MakeFetch =>
  (arguments_, environment) =>
  (context) => {
    const proxy = proxyOf(arguments_[0], "backend", environment, context);
    return proxy?.back && read(proxy.back, proxy, environment);
  };

const ofFrontend =
  (read: (front: FrontRun, proxy: ProxyRun, environment: Environment) => Fetched): MakeFetch =>
  (arguments_, environment) =>
  (context) => {
    const proxy = proxyOf(arguments_[0], "frontend", environment, context);
    return proxy?.front && read(proxy.front, proxy, environment);
  };

/** "backend/server", or a server of the back end at hand. */
function serverNamed(
  argument: Argument | undefined,
): { readonly backend: string | undefined; readonly name: string } | undefined {
  if (argument?.kind === "server") return argument;
  if (argument?.kind !== "str") return undefined;
  const slash = argument.value.lastIndexOf("/");
  return slash < 0
    ? { backend: undefined, name: argument.value }
    : { backend: argument.value.slice(0, slash), name: argument.value.slice(slash + 1) };
}

const ofServer =
  (read: (server: ServerRun, environment: Environment) => Fetched): MakeFetch =>
  (arguments_, environment) => {
    const named = serverNamed(arguments_[0]);
    if (named === undefined) return () => undefined;
    return (context) => {
      const proxy =
        named.backend === undefined
          ? proxyOf(undefined, "backend", environment, context)
          : environment.process.backend(named.backend);
      const server = proxy?.back?.servers.find((each) => each.name === named.name);
      return server && read(server, environment);
    };
  };

const queued = (back: BackRun) => back.servers.reduce((sum, server) => sum + server.queued, back.queued);

/** How many servers can be used: the active ones, or else the backups. */
export const usableServers = (back: BackRun): number => (back.active > 0 ? back.active : back.backups);

/** Connections and places in queues that servers still have; -1 where a server has no limit (backend.c, smp_fetch_connslots). */
function slots(back: BackRun): number {
  let sum = 0;
  for (const server of back.servers) {
    if (server.operational === 0 || server.administrative !== 0) continue;
    if (server.maxconn === 0 || server.section.maxqueue === 0) return -1;
    sum += server.maxconn - server.sessions.value + server.section.maxqueue - server.queued;
  }
  return sum;
}

function freeConnections(back: BackRun): number {
  let sum = 0;
  for (const server of back.servers) {
    if (server.operational === 0) continue;
    if (server.maxconn === 0 || server.sessions.value < 0) return -1;
    if (server.maxconn > server.sessions.value) sum += server.maxconn - server.sessions.value;
  }
  return sum;
}

const timeout = (ms: number | undefined): Fetched => (ms === undefined ? undefined : sint(ms));

/** The back end that a stream has, or the server of a check. */
const backendAtHand = ({ stream, check }: SampleContext) => stream?.backend ?? check?.server.proxy;
const frontendAtHand = ({ stream, session }: SampleContext) => stream?.frontend ?? session?.frontend;
const serverAtHand = ({ stream, check }: SampleContext) => stream?.server ?? check?.server;

export const proxyFetches: Fetches = {
  avg_queue: ofBackend((back) => {
    const servers = usableServers(back);
    const all = queued(back);
    return sint(servers > 0 ? Math.floor((all + servers - 1) / servers) : all * 2);
  }),
  be_conn: ofBackend((back) => sint(back.sessions.value)),
  be_conn_free: ofBackend((back) => sint(freeConnections(back))),
  be_id: () => (context) => {
    const proxy = backendAtHand(context);
    return proxy && sint(proxy.id);
  },
  be_name: () => (context) => {
    const proxy = backendAtHand(context);
    return proxy && str(proxy.name);
  },
  be_server_timeout: () => (context) => timeout(backendAtHand(context)?.section.timeouts.server),
  be_tunnel_timeout: () => (context) => timeout(backendAtHand(context)?.section.timeouts.tunnel),
  be_sess_rate: ofBackend((back, _, { process }) => sint(back.rate.read(process.now()))),
  connslots: ofBackend((back) => sint(slots(back))),
  nbsrv: ofBackend((back) => sint(usableServers(back))),
  queue: ofBackend((back) => sint(queued(back))),
  srv_conn: ofServer((server) => sint(server.sessions.value)),
  srv_conn_free: ofServer((server) =>
    sint(server.maxconn === 0 ? -1 : Math.max(0, server.maxconn - server.sessions.value)),
  ),
  srv_id: () => (context) => {
    const server = serverAtHand(context);
    return server && sint(server.id);
  },
  srv_name: () => (context) => {
    const server = serverAtHand(context);
    return server && str(server.name);
  },
  srv_is_up: ofServer((server) => bool(server.administrative === 0 && server.operational !== 0)),
  srv_queue: ofServer((server) => sint(server.queued)),
  srv_sess_rate: ofServer((server, { process }) => sint(server.rate.read(process.now()))),
  srv_weight: ofServer((server) => sint(server.effectiveWeight)),
  srv_iweight: ofServer((server) => sint(server.initialWeight)),
  srv_uweight: ofServer((server) => sint(server.weight)),
  fe_client_timeout: () => (context) => timeout(frontendAtHand(context)?.section.timeouts.client),
  fe_conn: ofFrontend((front) => sint(front.sessions.value)),
  fe_defbe: () => (context) => {
    const name = frontendAtHand(context)?.section.defaultBackend;
    return name === undefined ? undefined : str(name);
  },
  fe_id: () => (context) => {
    const proxy = frontendAtHand(context);
    return proxy && sint(proxy.id);
  },
  fe_name: () => (context) => {
    const proxy = frontendAtHand(context);
    return proxy && str(proxy.name);
  },
  fe_req_rate: ofFrontend((front, _, { process }) => sint(front.requestRate.read(process.now()))),
  fe_sess_rate: ofFrontend((front, _, { process }) => sint(front.sessionRate.read(process.now()))),
};
