import type { HostFacts, LinkFacts, Method, ServerFacts, ServiceFacts } from "./facts.js";
import { connectedLink } from "./routing.js";

/** Hosts that belong together, and who serves what for whom. */
export interface Cluster {
  readonly hosts: readonly HostFacts[];
  readonly directors: readonly HostFacts[];
  /** Each real server of each service; and each host that is a real server by what it looks like, if no director is known. */
  readonly servings: readonly Serving[];
  /** Hosts that are neither, nor a store that others have files from. */
  readonly clients: readonly HostFacts[];
}

/** A real server of a service, seen from both ends as far as their facts are there. */
export interface Serving {
  readonly method: Method;
  /** Of a mark's service: none. */
  readonly vip?: string;
  /** The real server's own address: none where only its host is known. */
  readonly rip?: string;
  readonly director?: HostFacts;
  readonly service?: ServiceFacts;
  readonly server?: ServerFacts;
  readonly host?: HostFacts;
}

export function clusterOf(hosts: readonly HostFacts[]): Cluster {
  const directors = hosts.filter(isDirector);
  const known = directors.flatMap((director) =>
    director.services.flatMap((service) =>
      service.servers.map((server) => servingOf(hosts, director, service, server)),
    ),
  );
  const served = new Set(known.map(({ host }) => host));
  const alone = hosts.filter((host) => !served.has(host) && !directors.includes(host)).flatMap(servingAlone);
  const servings = [...known, ...alone];
  const servers = new Set(servings.map(({ host }) => host));
  return {
    hosts,
    directors,
    servings,
    clients: hosts.filter((host) => !servers.has(host) && !directors.includes(host) && !isStore(hosts, host)),
  };
}

const isDirector = ({ role, director, services }: HostFacts) =>
  role === "director" || (role === undefined && (director !== undefined || services.length > 0));

const isStore = (hosts: readonly HostFacts[], { host }: HostFacts) =>
  hosts.some(({ stores = [] }) => stores.some(({ name }) => name === host));

function servingOf(
  hosts: readonly HostFacts[],
  director: HostFacts,
  service: ServiceFacts,
  server: ServerFacts,
): Serving {
  const host = ownerOf(hosts, server.address);
  return {
    method: server.method,
    ...(service.vip !== undefined && { vip: service.vip }),
    rip: server.address,
    director,
    service,
    server,
    ...(host && { host }),
  };
}

/** A real server whose director isn't known: its VIPs are what it takes out of tunnels, what of a network stands on lo, and what the person says. */
function servingAlone(host: HostFacts): Serving[] {
  if (host.role === "director") return [];
  const tunnels = host.tunnelEnds.map(({ vip }): Serving => ({ method: "tunnel", vip, host }));
  const taken = new Set(tunnels.map(({ vip }) => vip));
  const onLo = host.addresses
    .filter(({ link, address }) => link === "lo" && !taken.has(address) && !isLoopback(address))
    .filter(({ address }) => host.role === "server" || connectedLink(host, address) !== undefined)
    .map(({ address }): Serving => ({ method: "droute", vip: address, host }));
  const here = new Set([...tunnels, ...onLo].map(({ vip }) => vip));
  const named = (host.vips ?? [])
    .filter((vip) => !here.has(vip))
    .map((vip): Serving => ({ method: "droute", vip, host }));
  return [...tunnels, ...onLo, ...named];
}

/** The host that has an address, on an interface if one has it there (a VIP is on many a lo). */
export function ownerOf(hosts: readonly HostFacts[], address: string): HostFacts | undefined {
  const owners = hosts.filter((host) => host.addresses.some((each) => each.address === address));
  return owners.find((host) => linkOf(host, address) !== "lo") ?? owners[0];
}

/** The device that has an address: one that is not lo, if there are several. */
export function linkOf(host: HostFacts, address: string): string | undefined {
  const links = host.addresses.filter((each) => each.address === address).map(({ link }) => link);
  return links.find((link) => link !== "lo") ?? links[0];
}

/** A veth's other end, where its host is known. Indexes alone may be equal by chance in two networks: each has to name the other. */
export function otherEnds(
  hosts: readonly HostFacts[],
  host: HostFacts,
  link: LinkFacts,
): { host: HostFacts; end: LinkFacts }[] {
  if (link.kind !== "veth") return [];
  return hosts
    .filter((other) => other !== host)
    .flatMap((other) => other.links.map((end) => ({ host: other, end })))
    .filter(({ end }) => end.kind === "veth" && end.peer === link.index && link.peer === end.index);
}

/** The host and device that a MAC address belongs to. */
export function macOwner(
  hosts: readonly HostFacts[],
  mac: string,
): { host: HostFacts; link: string } | undefined {
  for (const host of hosts) {
    const link = host.links.find((each) => each.mac === mac);
    if (link) return { host, link: link.name };
  }
  return undefined;
}

export const hasAddress = (host: HostFacts, address: string): boolean =>
  host.addresses.some((each) => each.address === address);

export const isIpv4 = (address: string): boolean => !address.includes(":");

export const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

/** The number that a sysctl has; 0 where it isn't known. */
export const sysctl = (host: HostFacts, name: string): number => Number(host.sysctls[name] ?? 0);

/** What counts of a sysctl that the kernel takes the maximum of, of "all" and of the device. */
export function effective(host: HostFacts, name: string, link: string): number {
  const of = (part: string) => sysctl(host, `net.ipv4.conf.${part.replaceAll(".", "/")}.${name}`);
  return Math.max(of("all"), of(link));
}

/** Of things that are the same, the first of each. */
export function distinct<T>(things: readonly T[], key: (thing: T) => string): T[] {
  return [...new Map([...things].reverse().map((thing) => [key(thing), thing])).values()].reverse();
}

/** Servings whose server's facts are there, each VIP and host once: what is wrong with a host is told once. */
export function hostsServing(
  { servings }: Cluster,
  methods: readonly Method[],
): (Serving & { readonly host: HostFacts; readonly vip: string })[] {
  const wanted = servings.filter(
    (serving): serving is Serving & { host: HostFacts; vip: string } =>
      serving.host !== undefined &&
      serving.vip !== undefined &&
      methods.includes(serving.method) &&
      // A server on the director itself has what the director has.
      serving.host !== serving.director,
  );
  return distinct(wanted, ({ host, vip, method }) => `${host.host} ${vip} ${method}`);
}
