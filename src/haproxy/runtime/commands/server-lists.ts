import type { CheckRun, ProxyRun, ServerRun } from "../../run/index.js";
import { checkStatusNumber } from "../../stats/index.js";
import { type Command, type CommandCall, failure, type Reply } from "../command.js";
import { findBackend } from "../find.js";

const stateFields =
  "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port";

/** Lists of back ends and servers. */
export const serverLists: readonly Command[] = [
  {
    words: ["show", "backend"],
    usage: "show backend                            : list backends in the current running config",
    run: ({ host }) =>
      `# name\n${[...backends(host.process.proxies)].map(({ name }) => `${name}\n`).join("")}`,
  },
  {
    words: ["show", "servers", "conn"],
    usage:
      "show servers conn [<backend>]           : dump server connections status (all or for a single backend)",
    run: (call) =>
      listServers(
        call,
        `# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[${call.host.threads}]\n`,
        (proxy, server) => connectionLine(proxy, server, call.host.threads),
      ),
  },
  {
    words: ["show", "servers", "state"],
    usage:
      "show servers state [<backend>]          : dump volatile server information (all or for a single backend)",
    run: (call) => listServers(call, `1\n# ${stateFields}\n`, serverStateLine),
  },
];

function* backends(proxies: readonly ProxyRun[]): Generator<ProxyRun> {
  for (const proxy of proxies) if (proxy.back !== undefined) yield proxy;
}

function listServers(
  call: CommandCall,
  head: string,
  line: (proxy: ProxyRun, server: ServerRun) => string,
): Reply {
  const name = call.word(3);
  const only = name === "" ? undefined : findBackend(call.host, name);
  if (name !== "" && only === undefined) return failure("Can't find backend.\n");
  const chosen = only === undefined ? [...backends(call.host.process.proxies)] : [only];
  return {
    pieces: (function* () {
      yield head;
      for (const proxy of chosen)
        for (const server of proxy.back?.servers ?? []) yield `${line(proxy, server)}\n`;
    })(),
  };
}

const addressOf = (server: ServerRun) =>
  server.address === undefined || server.address.family === 0 ? "-" : server.address.host;

/** A server's line of `show servers state`, and of a state file of version 1. */
export function serverStateLine(proxy: ProxyRun, server: ServerRun, date = Date.now()): string {
  const { section, check, agent } = server;
  return [
    proxy.id,
    proxy.name,
    server.id,
    server.name,
    addressOf(server),
    server.operational,
    server.administrative,
    server.weight,
    server.initialWeight,
    Math.floor((date - server.lastChange) / 1000),
    check === undefined ? 1 : checkStatusNumber(check.status), // 1: initializing
    ...(check === undefined ? uncheckedState(server) : [check.result, check.health, check.state]),
    agent?.state ?? 0,
    proxy.section.forcedId ? 1 : 0,
    section.forcedId ? 1 : 0,
    server.fqdn ?? "-",
    server.address?.port ?? configuredPort(server),
    serviceRecord(server) ?? "-",
    server.useTls ?? (section.ssl === undefined ? 0 : 1),
    section.checkPort ?? portOf(check, server),
    section.checkAddress ?? "-",
    section.agentAddress ?? "-",
    section.agentPort ?? 0,
  ].join(" ");
}

/** Result, health and state where nothing is checked: as the configuration left it; 8 is a check that `disabled` paused. */
function uncheckedState({ section, operational }: ServerRun): number[] {
  return [0, section.disabled || operational === 0 ? 0 : section.rise, section.disabled ? 8 : 0];
}

/** A port that `set server … check-port` gave; the server's own one is 0. */
function portOf(check: CheckRun | undefined, server: ServerRun): number {
  return check === undefined || check.port === server.address?.port ? 0 : check.port;
}

function configuredPort(server: ServerRun): number {
  const { address } = server.section;
  return address.kind === "inet" ? (address.ports?.from ?? 0) : 0;
}

function serviceRecord(server: ServerRun): string | undefined {
  const { address } = server.section;
  return address.kind === "inet" && address.host.startsWith("_") ? address.host : undefined;
}

function connectionLine(proxy: ProxyRun, server: ServerRun, threads: number): string {
  const safe = server.connections?.safe ?? 0;
  const perThread = Array.from({ length: threads }, (_, thread) => (thread === 0 ? server.idle : 0));
  return [
    `${proxy.name}/${server.name}`,
    `${proxy.id}/${server.id}`,
    addressOf(server),
    server.address?.port ?? configuredPort(server),
    "-",
    server.section.poolPurgeDelayMs,
    server.used,
    server.counters.total("sessionsMax"),
    server.used,
    server.idle - safe,
    safe,
    server.section.poolMaxConn,
    server.idle,
    ...perThread,
  ].join(" ");
}
