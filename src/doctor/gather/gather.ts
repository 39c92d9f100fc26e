import { hostname } from "node:os";
import { openNetwork } from "../../netlink/index.js";
import { isRoot } from "../../sys/index.js";
import { IpAddress } from "../../wire/index.js";
import { factsFormat, type HostFacts, type Role, type ServiceFacts, type Unseen } from "../facts.js";
import { askArp, forgetHeard } from "./arp.js";
import { askClocks } from "./clocks.js";
import { tryConnects } from "./connect.js";
import { readDirector, readStandIn, readTunnelEnds } from "./director.js";
import { readFirewall } from "./firewall.js";
import { readNeighbours, readNetwork, readWays } from "./network.js";
import { readListening, readListenOverflows, withProcesses } from "./sockets.js";
import { askStores } from "./stores.js";
import { readSysctls } from "./sysctls.js";

/** What a host is to be asked beside what it knows by itself. */
export interface Questions {
  /** What the host is called; its own name if nothing is said. */
  readonly host?: string;
  readonly role?: Role;
  /** VIPs that others know of: who answers for them is asked by ARP. */
  readonly vips?: readonly string[];
  /** Those that the person has named. */
  readonly named?: readonly string[];
  /** Where to connect to by TCP, as far as the address is this host's own. */
  readonly connects?: readonly Connect[];
  /** How long answers on the wire are waited for: milliseconds. */
  readonly patience?: number;
}

interface Connect {
  readonly address: string;
  readonly port: number;
}

/** No more of a kind is asked for on the wire. */
const most = 256;

/** The virtual services of this host's director: needs root. */
export async function gatherServices(): Promise<ServiceFacts[]> {
  return isRoot() ? (await readDirector()).services : [];
}

/** Reads all that there is to know of this host. It changes nothing; what it may not see it says. */
export async function gatherFacts(questions: Questions = {}): Promise<HostFacts> {
  const { patience = 500 } = questions;
  const unseen: Unseen[] = [];
  const root = isRoot();
  if (!root)
    for (const what of [
      "the director",
      "tunnels",
      "who answers ARP",
      "firewall rules",
      "other users' processes",
    ])
      unseen.push({ what, why: "only root may look at it", severe: true });
  const network = openNetwork();
  try {
    const seen = readNetwork(network);
    const { director, services } = root ? await readDirector() : { services: [] as ServiceFacts[] };
    const tunnelEnds = root ? await readTunnelEnds(seen.links) : [];
    const standIn = await readStandIn(network, seen.links);
    const own = new Set(seen.addresses.map(({ address }) => address));
    const vips = vipsOf(services, seen, questions.vips ?? []);
    const servers = serversOf(services).filter(({ address }) => !own.has(address));
    const asking = { VIPs: vips.length, "real servers": new Set(servers.map(({ address }) => address)).size };
    for (const [what, count] of Object.entries(asking))
      if (count > most)
        unseen.push({ what: `${count - most} of ${count} ${what}`, why: `no more than ${most} are asked` });
    const connects = [
      ...servers.filter(({ port }) => port > 0),
      ...(questions.connects ?? []).filter(({ address }) => own.has(address)),
    ].slice(0, most);
    const addresses = [...new Set(servers.map(({ address }) => address))].slice(0, most);
    const before = readNeighbours(network, seen.links);
    const [arp, connected, clocks, stores] = await Promise.all([
      root ? askArp(seen.links, vips.slice(0, most), patience) : [],
      tryConnects(connects, Math.max(patience, 1000)),
      root ? askClocks(addresses, patience) : [],
      askStores(Math.max(patience, 1000)),
    ]);
    const listening = readListening();
    const neighbours = readNeighbours(network, seen.links);
    forgetHeard(network, arp, before, neighbours);
    return {
      format: factsFormat,
      host: questions.host ?? hostname(),
      at: Date.now(),
      ...(questions.role && { role: questions.role }),
      ...(questions.role === "server" && questions.named && { vips: questions.named }),
      ...seen,
      // What was asked for on the wire is known by now.
      neighbours,
      sysctls: readSysctls(seen.links.map(({ name }) => name)),
      listening: withProcesses(listening),
      listenOverflows: readListenOverflows(),
      services,
      ...(director && { director }),
      tunnelEnds,
      ...(standIn && { standIn }),
      ways: readWays(network, [...new Set([...vips, ...addresses])]),
      arp,
      connects: connected,
      clocks,
      ...(stores.length > 0 && { stores }),
      firewall: root ? readFirewall(unseen) : {},
      unseen,
    };
  } finally {
    network.close();
  }
}

/** Of services, of others' knowledge, and what stands on lo alone: each once. */
function vipsOf(
  services: readonly ServiceFacts[],
  { addresses }: Pick<HostFacts, "addresses">,
  more: readonly string[],
): string[] {
  const onLo = addresses
    .filter(({ link, address }) => link === "lo" && !isLoopback(address))
    .map(({ address }) => address);
  return [...new Set([...services.flatMap(({ vip }) => vip ?? []), ...more, ...onLo])];
}

function isLoopback(text: string): boolean {
  const address = IpAddress.of(text);
  return address.family === 4 ? address.bytes[0] === 127 : text === "::1";
}

/** Real servers that listen by TCP, each once; port 0 where no connection can tell anything. */
function serversOf(services: readonly ServiceFacts[]): Connect[] {
  const ends = services.flatMap(({ protocol, servers }) =>
    servers.map(({ address, port }) => ({ address, port: protocol === "tcp" ? port : 0 })),
  );
  return [...new Map(ends.map((end) => [`${end.address} ${end.port}`, end])).values()];
}
