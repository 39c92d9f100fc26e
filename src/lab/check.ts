import { RondoError } from "../errors.js";
import { IpAddress } from "../wire/index.js";
import { nearest } from "./nearest.js";
import { plugs } from "./plugs.js";
import { contains, isNetwork, type Prefix, parsePrefix } from "./prefix.js";
import { readRules } from "./rules.js";
import { type HostSpec, hostsOf, type Topology, withoutPrefix } from "./topology.js";

/** Linux's IFNAMSIZ without its zero byte. */
const longestName = 15;

/** @throws RondoError "bad-topology" with all that is wrong, one sentence a line. */
export function checkTopology(topology: Topology): void {
  const wrong = faultsOf(topology);
  if (wrong.length === 0) return;
  throw new RondoError(
    "bad-topology",
    wrong.length === 1
      ? `topology ${topology.name}: ${wrong[0]}`
      : `topology ${topology.name} has ${wrong.length} faults:\n${wrong.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** All faults of a topology, as sentences that name the host, the interface and the value; none if it is right. */
export function faultsOf(topology: Topology): string[] {
  return [
    ...nameFaults(topology),
    ...networkFaults(topology),
    ...addressFaults(topology),
    ...routeFaults(topology),
    ...vipFaults(topology),
    ...ruleFaults(topology),
    ...trafficFaults(topology),
  ];
}

function* nameFaults(topology: Topology): Generator<string> {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(topology.name))
    yield `its name "${topology.name}" is not up to 20 lower-case letters, digits and hyphens`;
  for (const { name } of topology.hosts)
    if (!/^[a-z][a-z0-9-]{0,19}$/.test(name) || name === "switch")
      yield `host "${name}": a host's name is up to 20 lower-case letters, digits and hyphens, and not "switch"`;
  yield* repeated(
    topology.hosts.map(({ name }) => name),
    (name) => `two hosts are named ${name}`,
  );
  yield* repeated(
    topology.networks.map(({ name }) => name),
    (name) => `two networks are named ${name}`,
  );
  for (const host of topology.hosts)
    yield* repeated(
      host.interfaces.map(({ name }) => name),
      (name) => `host ${host.name} has two interfaces named ${name}`,
    );
  const ports = plugs(topology).map((plug) => plug.port);
  const names = topology.networks.map(({ name }) => name);
  yield* repeated([...ports, ...names], (name) => `the switch would have two interfaces named ${name}`);
  for (const name of [...ports, ...names, ...topology.hosts.flatMap((h) => h.interfaces.map((i) => i.name))])
    if (name.length > longestName || !/^[\w.-]+$/.test(name))
      yield `"${name}" can't be an interface's name: at most ${longestName} letters, digits, "_", "." and "-"`;
}

function* networkFaults(topology: Topology): Generator<string> {
  const names = topology.networks.map(({ name }) => name);
  for (const { name, prefix } of topology.networks) {
    const parsed = parsePrefix(prefix);
    if (!parsed) yield `network ${name}: "${prefix}" is no network, as 192.168.4.0/24 is`;
    else if (!isNetwork(parsed)) yield `network ${name}: ${prefix} has bits set behind its ${parsed.length}`;
  }
  for (const host of topology.hosts) {
    if (host.interfaces.length === 0) yield `host ${host.name} has no interface`;
    for (const { name, network } of host.interfaces) {
      if (names.includes(network)) continue;
      const meant = nearest(network, names);
      yield `host ${host.name}: interface ${name} is on network "${network}", which there is not` +
        (meant ? `; ${meant}?` : "");
    }
  }
}

/** An address of a host, and where it stands. */
interface Place {
  readonly where: string;
  readonly text: string;
  readonly prefix: Prefix | undefined;
  readonly network: Prefix | undefined;
  readonly shared: boolean;
}

function* places(topology: Topology): Generator<Place> {
  const networks = new Map(topology.networks.map(({ name, prefix }) => [name, parsePrefix(prefix)]));
  for (const host of topology.hosts) {
    for (const { name, network, addresses } of host.interfaces)
      for (const { address } of addresses)
        yield {
          where: `${host.name}'s ${name}`,
          text: address,
          prefix: parsePrefix(address),
          network: networks.get(network),
          shared: false,
        };
    // A VIP on lo is what DR and TUN are made of: any number of hosts may have it.
    for (const { address } of host.loopback ?? [])
      yield {
        where: `${host.name}'s lo`,
        text: address,
        prefix: parsePrefix(address),
        network: undefined,
        shared: true,
      };
  }
}

function* addressFaults(topology: Topology): Generator<string> {
  const owners = new Map<string, string>();
  for (const { where, text, prefix, network, shared } of places(topology)) {
    if (!prefix) {
      yield `${where}: "${text}" is no address with a prefix length, as 192.168.4.5/24 is`;
      continue;
    }
    if (shared) continue;
    const { address, length } = prefix;
    if (network && !contains(network, address))
      yield `${where}: ${address} lies outside its network ${network.address}/${network.length}`;
    else if (network && length !== network.length && length !== address.bytes.length * 8)
      yield `${where}: ${text} has another prefix length than its network's ${network.length}`;
    const owner = owners.get(address.toString());
    if (owner) yield `${address} is given twice: to ${owner} and to ${where}`;
    else owners.set(address.toString(), where);
  }
}

function* routeFaults(topology: Topology): Generator<string> {
  for (const host of topology.hosts)
    for (const { to, via } of host.routes ?? []) {
      const gateway = IpAddress.parse(via);
      if (to !== "default" && !parsePrefix(to))
        yield `host ${host.name}: "${to}" is neither "default" nor a network`;
      if (!gateway) yield `host ${host.name}: the route's gateway "${via}" is no address`;
      else if (!host.interfaces.some((spec) => spec.addresses.some((a) => reaches(a.address, gateway))))
        yield `host ${host.name}: no interface is on the network of the gateway ${via}`;
    }
}

function reaches(address: string, gateway: IpAddress): boolean {
  const prefix = parsePrefix(address);
  return prefix !== undefined && contains(prefix, gateway);
}

const has = (host: HostSpec, vip: string) =>
  host.interfaces.some(({ addresses }) => addresses.some(({ address }) => withoutPrefix(address) === vip));

function* vipFaults(topology: Topology): Generator<string> {
  for (const vip of topology.vips) {
    if (!IpAddress.parse(vip)) yield `the VIP "${vip}" is no address`;
    else if (!hostsOf(topology, "director").some((director) => has(director, vip)))
      yield `no director has the VIP ${vip}`;
  }
}

function* ruleFaults(topology: Topology): Generator<string> {
  for (const host of topology.hosts) {
    if (!host.rules) continue;
    if (host.role !== "director") yield `host ${host.name} has ipvsadm rules and is no director`;
    try {
      for (const { service, servers } of readRules(host.rules)) {
        const { id } = service;
        if (id.kind === "address" && !topology.vips.includes(id.address.toString()))
          yield `host ${host.name}: a rule's service ${id.address}:${id.port} is on no VIP of the topology`;
        for (const { address, method } of servers) {
          const server = topology.hosts.find((candidate) => has(candidate, address.toString()));
          if (!server) yield `host ${host.name}: a rule names the server ${address}, which no host is`;
          else if (
            method === "droute" &&
            id.kind === "address" &&
            !hasOnLoopback(server, id.address.toString())
          )
            yield `host ${server.name} has not the VIP ${id.address} on lo, without which it answers no request by DR`;
        }
      }
    } catch (error) {
      if (!(error instanceof RondoError)) throw error;
      yield `host ${host.name}: ${error.message}`;
    }
  }
}

const hasOnLoopback = (host: HostSpec, vip: string) =>
  (host.loopback ?? []).some(({ address }) => withoutPrefix(address) === vip);

function* trafficFaults(topology: Topology): Generator<string> {
  const { from, address } = topology.traffic;
  if (!topology.hosts.some(({ name }) => name === from))
    yield `its traffic comes from "${from}", which no host is`;
  if (!topology.vips.includes(address)) yield `its traffic goes to ${address}, which is no VIP`;
}

function* repeated(names: readonly string[], sentence: (name: string) => string): Generator<string> {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  for (const name of new Set(twice)) yield sentence(name);
}
