import { distinct, isIpv4, type Serving } from "../cluster.js";
import { endpoint } from "../commands.js";
import type { HostFacts, ListeningFacts } from "../facts.js";
import type { Check } from "../finding.js";
import { chainsOf } from "../firewall/chains.js";
import { judge, type Packet } from "../firewall/judge.js";

/** The server's program has to listen where requests arrive: at the VIP by DR and TUN, at the server's own address by NAT. */
export const listeners: Check = {
  codes: {
    "listener-missing": { severity: "error", shows: '"connection refused" from this server' },
    "listener-elsewhere": {
      severity: "error",
      shows: '"connection refused" from this server, though its program runs',
    },
    "listener-stuck": {
      severity: "error",
      shows: "connections to this server time out, though its program listens",
    },
  },
  *look(cluster) {
    const asked = cluster.servings.filter(({ service }) => service?.port);
    for (const serving of distinct(asked, ({ rip, service }) => `${rip} ${service?.name}`)) {
      const { host } = serving;
      const target = targetOf(serving);
      if (!target) continue;
      if (host) yield* atHost(serving, host, target);
      else yield* fromAfar(serving, target);
    }
  },
};

interface Target {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
}

/** Where requests of a service arrive at a server. */
function targetOf({ method, service, server, vip, rip }: Serving): Target | undefined {
  const protocol = service?.protocol;
  if (!service?.port || !server || (protocol !== "tcp" && protocol !== "udp")) return undefined;
  const isNat = method === "masq";
  const address = isNat ? rip : vip;
  if (address === undefined) return undefined;
  return { protocol, address, port: isNat ? server.port || service.port : service.port };
}

function* atHost(serving: Serving, host: HostFacts, target: Target) {
  const { protocol, address, port } = target;
  const atPort = host.listening.filter((each) => each.protocol === protocol && each.port === port);
  const where = endpoint(address, port);
  if (atPort.length === 0)
    yield {
      code: "listener-missing",
      host: host.host,
      what: `nobody listens at ${protocol} port ${port}, where requests for ${where} arrive`,
      cure: `Start the server program, or have it listen at port ${port}.`,
    };
  else if (!atPort.some((each) => hears(each, address)))
    yield {
      code: "listener-elsewhere",
      host: host.host,
      what: `requests arrive at ${where}, and ${nameOf(atPort)} listens at ${atPort.map((each) => endpoint(each.address, port)).join(", ")} alone`,
      cure:
        serving.method === "masq"
          ? `Have it listen at ${where}, or at all addresses.`
          : `Have it listen at all addresses, or at the VIP: packets keep their destination ${address}.`,
    };
  else if (protocol === "tcp") {
    const tried = host.connects.find((each) => each.address === address && each.port === port);
    if (tried && tried.result !== "answered" && !isFiltered(host, target))
      yield {
        code: "listener-stuck",
        host: host.host,
        what: `${nameOf(atPort)} listens at ${where}, but a connection from the server itself is ${tried.result === "silent" ? "not answered" : tried.result}`,
        cure: "See whether the program hangs (its accept queue is full: `ss -ltn`), or a packet filter stands before it.",
        explainedBy: [
          { host: host.host, codes: ["firewall-drop", "vip-missing-server", "no-decapsulation"] },
        ],
      };
  }
}

/** One that a host may take for its own connections. */
const anyPort = 50_000;

/** Whether the packet filter lets a server talk to itself: many don't, and mean no harm. */
function isFiltered(host: HostFacts, { protocol, address, port }: Target): boolean {
  const chains = chainsOf(host.firewall);
  const request: Packet = {
    hooks: ["input"],
    protocol,
    source: address,
    destination: address,
    in: "lo",
    port,
    state: "new",
  };
  const answer: Packet = {
    hooks: ["input"],
    protocol,
    source: address,
    destination: address,
    in: "lo",
    sourcePort: port,
    port: anyPort,
    state: "established",
  };
  return [request, answer].some((packet) => judge(chains, packet) !== undefined);
}

/** Seen from the director alone: by NAT a refusal is the server's; by DR and TUN it may listen at the VIP only. */
function* fromAfar({ director, method, rip }: Serving, { protocol, port }: Target) {
  const tried = director?.connects.find((each) => each.address === rip && each.port === port);
  if (!director || method !== "masq" || protocol !== "tcp" || tried?.result !== "refused") return;
  yield {
    code: "listener-missing",
    host: director.host,
    what: `${endpoint(rip!, port)} refuses connections`,
    cure: `Start the server program on ${rip}.`,
  };
}

/** A socket at all IPv6 addresses usually takes IPv4's connections, too. */
const hears = (socket: ListeningFacts, address: string): boolean =>
  socket.address === address ||
  socket.address === "::" ||
  socket.address === `::ffff:${address}` ||
  (socket.address === "0.0.0.0" && isIpv4(address));

const nameOf = ([first]: readonly ListeningFacts[]): string =>
  first?.process ? `${first.process.name} (process ${first.process.pid})` : "a program";
