import type { ServerRun } from "../../run/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  information,
  type Message,
  notice,
  type Reply,
  warning,
} from "../command.js";
import { commandOn, findBackend, findServer, isMessage, lookUpServer } from "../find.js";

/** Commands on servers; what they answer to mistakes is HAProxy's (server.c). */
export const serverCommands: readonly Command[] = [
  onServer(["disable", "agent"], "disable agent                           : disable agent checks", (server) =>
    failed(server.enable("agent", false)),
  ),
  onServer(
    ["disable", "health"],
    "disable health                          : disable health checks",
    (server) => failed(server.enable("check", false)),
  ),
  onServer(
    ["disable", "server"],
    "disable server (DEPRECATED)             : disable a server for maintenance (use 'set server' instead)",
    (server) => failed(server.setState("maint")),
  ),
  onServer(["enable", "agent"], "enable agent                            : enable agent checks", (server) =>
    server.agent === undefined
      ? failure("Agent was not configured on this server, cannot enable.\n")
      : failed(server.enable("agent", true)),
  ),
  onServer(
    ["enable", "health"],
    "enable health                           : enable health checks",
    (server) =>
      server.check === undefined
        ? failure("Health check was not configured on this server, cannot enable.\n")
        : failed(server.enable("check", true)),
  ),
  onServer(
    ["enable", "server"],
    "enable server  (DEPRECATED)             : enable a disabled server (use 'set server' instead)",
    (server) => failed(server.setState("ready")),
  ),
  onServer(
    ["set", "maxconn", "server"],
    "set maxconn server <bk>/<srv>           : change a server's maxconn setting",
    (server, { word }) =>
      word(4) === "" ? failure("Require <maxconn>.\n") : failed(server.setMaxconn(word(4))),
  ),
  onServer(
    ["set", "server"],
    "set server <bk>/<srv> [opts]            : change a server's state, weight, address or ssl",
    setServer,
  ),
  {
    words: ["get", "weight"],
    usage: "get weight <bk>/<srv>                   : report a server's current weight",
    run: ({ host, word }) => {
      const server = lookUpServer(host, word(2));
      return isMessage(server) ? server : `${server.weight} (initial ${server.initialWeight})\n`;
    },
  },
  onServer(
    ["set", "weight"],
    "set weight <bk>/<srv>  (DEPRECATED)     : change a server's weight (use 'set server' instead)",
    (server, { word }) => setWeight(server, word(3)),
  ),
  {
    words: ["add", "server"],
    usage: "add server <bk>/<srv>                   : create a new server",
    level: "admin",
    run: addServer,
  },
  {
    words: ["del", "server"],
    usage: "del server <bk>/<srv>                   : remove a dynamically added server",
    level: "admin",
    run: removeServer,
  },
];

function onServer(
  words: readonly string[],
  usage: string,
  act: (found: ServerRun, call: CommandCall) => Reply,
): Command {
  return commandOn(findServer, words, usage, act);
}

const failed = (text: string | undefined): Message | undefined =>
  text === undefined ? undefined : failure(text);
const warned = (text: string | undefined): Message | undefined =>
  text === undefined || text === "" ? undefined : warning(text);

function setWeight(server: ServerRun, word: string): Reply {
  return word === "" ? failure("Require <weight> or <weight%>.\n") : failed(server.setWeight(word));
}

/** What `set server` can change, by its third word. */
const changes: Readonly<Record<string, (server: ServerRun, call: CommandCall) => Reply>> = {
  weight: (server, { word }) => setWeight(server, word(4)),
  state: (server, { word }) => {
    const state = word(4);
    if (state !== "ready" && state !== "drain" && state !== "maint")
      return failure("'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n");
    return failed(server.setState(state));
  },
  health: (server, { word }) => {
    const state = word(4);
    if (server.section.track !== undefined) return failure("cannot change health on a tracking server.\n");
    if (state !== "up" && state !== "stopping" && state !== "down")
      return failure("'set server <srv> health' expects 'up', 'stopping', or 'down'.\n");
    return failed(server.setHealth("check", state));
  },
  agent: (server, { word }) => {
    const state = word(4);
    if (!agentEnabled(server)) return failure("agent checks are not enabled on this server.\n");
    if (state !== "up" && state !== "down")
      return failure("'set server <srv> agent' expects 'up' or 'down'.\n");
    return failed(server.setHealth("agent", state));
  },
  "agent-addr": (server, call) =>
    call.word(4) === ""
      ? failure("set server <b>/<s> agent-addr requires an address and optionally a port.\n")
      : warned(server.setAgentAddress(call.word(4), portWord(call))),
  "agent-port": (server, { word }) =>
    word(4) === ""
      ? failure("set server <b>/<s> agent-port requires a port.\n")
      : warned(server.setAgentAddress(undefined, word(4))),
  "agent-send": (server, { word }) =>
    agentEnabled(server)
      ? failed(server.setAgentSend(word(4)))
      : failure("agent checks are not enabled on this server.\n"),
  "check-addr": (server, call) =>
    call.word(4) === ""
      ? failure("set server <b>/<s> check-addr requires an address and optionally a port.\n")
      : warned(server.setCheckAddress(call.word(4), portWord(call))),
  "check-port": (server, { word }) =>
    word(4) === ""
      ? failure("set server <b>/<s> check-port requires a port.\n")
      : warned(server.setCheckAddress(undefined, word(4))),
  addr: (server, call) =>
    call.word(4) === ""
      ? failure("set server <b>/<s> addr requires an address and optionally a port.\n")
      : warned(server.setAddress(call.word(4), portWord(call), "stats socket command")),
  fqdn: (server, { word }) => {
    if (word(4) === "") return failure("set server <b>/<s> fqdn requires a FQDN.\n");
    if (server.section.resolvers === undefined)
      return failure("set server <b>/<s> fqdn failed because no resolution is configured.\n");
    if (isServiceRecord(server))
      return failure("set server <b>/<s> fqdn failed because SRV resolution is configured.\n");
    return warned(server.setFqdn(word(4)));
  },
  ssl: (server, { word }) => {
    if (server.setTls === undefined || (server.section.ssl === undefined && !server.mayUseTls))
      return failure("'set server <srv> ssl' cannot be set.  default-server should define ssl settings\n");
    if (word(4) !== "on" && word(4) !== "off")
      return failure("'set server <srv> ssl' expects 'on' or 'off'.\n");
    return failed(server.setTls(word(4) === "on")) ?? notice("server ssl setting updated.\n");
  },
};

const agentEnabled = (server: ServerRun) => server.agent !== undefined && (server.agent.state & 4) !== 0;

const portWord = ({ word }: CommandCall): string | undefined => (word(5) === "port" ? word(6) : undefined);

/** "_http._tcp.example.org": a name of SRV records. */
const isServiceRecord = (server: ServerRun) =>
  server.section.address.kind === "inet" && server.section.address.host.startsWith("_");

function setServer(server: ServerRun, call: CommandCall): Reply {
  const change = Object.hasOwn(changes, call.word(3)) ? changes[call.word(3)] : undefined;
  if (change !== undefined) return change(server, call);
  return failure(
    "usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | check-port | fqdn | health | ssl | state | weight\n",
  );
}

/** Splits "backend/server"; the texts have no line feed, as HAProxy's. */
function splitName(call: CommandCall): { backend: string; server: string } | Message {
  const [backend = "", ...rest] = call.word(2).split("/");
  const server = rest.join("/");
  return backend === "" || server === "" ? failure("Require 'backend/server'.") : { backend, server };
}

function addServer(call: CommandCall): Reply {
  const name = splitName(call);
  if (isMessage(name)) return name;
  const backend = findBackend(call.host, name.backend);
  if (backend?.back === undefined) return failure("No such backend.");
  const { balance, hashType } = backend.section;
  const consistent = hashType.method === "consistent";
  const dynamic =
    ["roundrobin", "leastconn", "first", "random"].includes(balance.algorithm) ||
    (consistent && balance.algorithm !== "static-rr");
  if (!dynamic) return failure("Backend must use a dynamic load balancing to support dynamic servers.");
  if (backend.back.servers.some((server) => server.name === name.server))
    return failure("Already exists a server with the same name in backend.\n");
  if (call.host.addServer === undefined) return failure("Servers cannot be added in this process.\n");
  const answer = call.host.addServer(backend, name.server, call.words.slice(3));
  return answer.ok ? information(answer.text) : failure(answer.text);
}

function removeServer(call: CommandCall): Reply {
  const name = splitName(call);
  if (isMessage(name)) return name;
  const backend = findBackend(call.host, name.backend);
  if (backend === undefined) return failure("No such backend.");
  const server = backend.back?.servers.find((each) => each.name === name.server);
  if (server === undefined) return failure("No such server.");
  if (call.host.removeServer === undefined)
    return failure(
      "This server cannot be removed at runtime due to other configuration elements pointing to it.",
    );
  const answer = call.host.removeServer(backend, server);
  return answer.ok ? information(answer.text) : failure(answer.text);
}
