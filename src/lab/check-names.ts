import { didYouMean } from "../nearest.js";
import { plugs } from "./plugs.js";
import { isNetwork, parsePrefix } from "./prefix.js";
import type { Fault } from "./shape.js";
import type { Topology } from "./topology.js";

/** Linux's IFNAMSIZ without its zero byte. */
const longestName = 15;

const isName = (name: string) => /^[a-z][a-z0-9-]{0,19}$/.test(name);
const isLinkName = (name: string) => name.length <= longestName && /^\w[\w.-]*$/.test(name);
const linkName = `at most ${longestName} letters, digits, "_", "." and "-"`;

export function* nameFaults(topology: Topology): Generator<Fault> {
  if (!isName(topology.name))
    yield { path: "name", what: `"${topology.name}" is not up to 20 lower-case letters, digits and hyphens` };
  for (const [h, { name }] of topology.hosts.entries())
    if (!isName(name) || name === "switch")
      yield {
        path: `hosts[${h}].name`,
        what: `"${name}": a host's name is up to 20 lower-case letters, digits and hyphens, and not "switch"`,
      };
  yield* repeated(
    topology.hosts.map(({ name }, h) => ({ name, path: `hosts[${h}].name` })),
    (name) => `two hosts are named ${name}`,
  );
  const networks = topology.networks.map(({ name }, n) => ({ name, path: `networks[${n}].name` }));
  yield* repeated(networks, (name) => `two networks are named ${name}`);
  for (const { name, path } of networks)
    if (!isLinkName(name)) yield { path, what: `"${name}" can't be a bridge's name: ${linkName}` };
  const pathOf = (host: number, i: number) => `hosts[${host}].interfaces[${i}].name`;
  for (const [h, host] of topology.hosts.entries()) {
    const names = host.interfaces.map(({ name }, i) => ({ name, path: pathOf(h, i) }));
    yield* repeated(names, (name) => `host ${host.name} has two interfaces named ${name}`);
    for (const { name, path } of names)
      if (!isLinkName(name) || name === "lo")
        yield { path, what: `"${name}" can't be an interface's name: ${linkName}, and not lo` };
  }
  const ports = plugs(topology).map(({ port, host, interface: card }) => ({
    name: port,
    path: pathOf(topology.hosts.indexOf(host), host.interfaces.indexOf(card)),
  }));
  for (const { name, path } of ports)
    if (name.length > longestName)
      yield { path, what: `the switch's port would be ${name}, which is longer than ${longestName} letters` };
  yield* repeated([...networks, ...ports], (name) => `the switch would have two interfaces named ${name}`);
}

export function* networkFaults(topology: Topology): Generator<Fault> {
  const names = topology.networks.map(({ name }) => name);
  for (const [n, { name, prefix }] of topology.networks.entries()) {
    const path = `networks[${n}].prefix`;
    const parsed = parsePrefix(prefix);
    if (!parsed) yield { path, what: `network ${name}: "${prefix}" is no network, as 192.168.4.0/24 is` };
    else if (parsed.address.family !== 4)
      yield { path, what: `network ${name}: ${prefix} is of IPv6, and a lab's networks are of IPv4 as yet` };
    else if (!isNetwork(parsed))
      yield { path, what: `network ${name}: ${prefix} has bits set behind its ${parsed.length}` };
  }
  for (const [h, host] of topology.hosts.entries()) {
    if (host.interfaces.length === 0)
      yield { path: `hosts[${h}].interfaces`, what: `host ${host.name} has no interface` };
    for (const [i, { name, network }] of host.interfaces.entries())
      if (!names.includes(network))
        yield {
          path: `hosts[${h}].interfaces[${i}].network`,
          what:
            `host ${host.name}: interface ${name} is on network "${network}", which there is not` +
            didYouMean(network, names),
        };
  }
}

/** All but what is below net is the whole machine's, also where it is written on a host. */
export function* sysctlFaults(topology: Topology): Generator<Fault> {
  for (const [h, { name, sysctls = {} }] of topology.hosts.entries())
    for (const sysctl of Object.keys(sysctls))
      if (!sysctl.startsWith("net."))
        yield {
          path: `hosts[${h}].sysctls[${JSON.stringify(sysctl)}]`,
          what: `host ${name}: a host has sysctls of its own below net only, as net.ipv4.ip_forward is`,
        };
}

function* repeated(named: readonly { name: string; path: string }[], sentence: (name: string) => string) {
  const seen = new Set<string>();
  for (const { name, path } of named) {
    if (seen.has(name)) yield { path, what: sentence(name) };
    seen.add(name);
  }
}
