import { IpAddress } from "../wire/index.js";
import { contains, type Prefix, parsePrefix } from "./prefix.js";
import type { Fault } from "./shape.js";
import type { Topology } from "./topology.js";

/** An address of a host, and where it stands. */
interface Place {
  readonly path: string;
  readonly where: string;
  readonly text: string;
  readonly prefix: Prefix | undefined;
  readonly network: Prefix | undefined;
  readonly shared: boolean;
  readonly label: { readonly text: string; readonly link: string } | undefined;
}

function* places(topology: Topology): Generator<Place> {
  const networks = new Map(topology.networks.map(({ name, prefix }) => [name, parsePrefix(prefix)]));
  for (const [h, host] of topology.hosts.entries()) {
    for (const [i, { name, network, addresses }] of host.interfaces.entries())
      for (const [a, { address, label }] of addresses.entries())
        yield {
          path: `hosts[${h}].interfaces[${i}].addresses[${a}]`,
          where: `${host.name}'s ${name}`,
          text: address,
          prefix: parsePrefix(address),
          network: networks.get(network),
          shared: false,
          label: label === undefined ? undefined : { text: label, link: name },
        };
    // A VIP on lo is what DR and TUN are made of: any number of hosts may have it.
    for (const [a, { address, label }] of (host.loopback ?? []).entries())
      yield {
        path: `hosts[${h}].loopback[${a}]`,
        where: `${host.name}'s lo`,
        text: address,
        prefix: parsePrefix(address),
        network: undefined,
        shared: true,
        label: label === undefined ? undefined : { text: label, link: "lo" },
      };
  }
}

export function* addressFaults(topology: Topology): Generator<Fault> {
  const owners = new Map<string, string>();
  for (const { path: place, where, text, prefix, network, shared, label } of places(topology)) {
    const path = `${place}.address`;
    // A label is a file's name, too, and stands in that file.
    const isLabel = (text: string, link: string) =>
      text.startsWith(`${link}:`) && text.length <= 15 && /^[\w.-]+$/.test(text.slice(link.length + 1));
    if (label && !isLabel(label.text, label.link))
      yield {
        path: `${place}.label`,
        what: `${where}: the label "${label.text}" is not ${label.link}: and a few letters more, as ${label.link}:0 is`,
      };
    if (!prefix) {
      yield { path, what: `${where}: "${text}" is no address with a prefix length, as 192.168.4.5/24 is` };
      continue;
    }
    if (shared) continue;
    const { address, length } = prefix;
    if (network && !contains(network, address))
      yield {
        path,
        what: `${where}: ${address} lies outside its network ${network.address}/${network.length}`,
      };
    else if (network && length !== network.length && length !== address.bytes.length * 8)
      yield {
        path,
        what: `${where}: ${text} has another prefix length than its network's ${network.length}`,
      };
    const owner = owners.get(address.toString());
    if (owner) yield { path, what: `${address} is given twice: to ${owner} and to ${where}` };
    else owners.set(address.toString(), where);
  }
}

export function* routeFaults(topology: Topology): Generator<Fault> {
  for (const [h, host] of topology.hosts.entries())
    for (const [r, { to, via }] of (host.routes ?? []).entries()) {
      const path = `hosts[${h}].routes[${r}]`;
      const gateway = IpAddress.parse(via);
      if (to !== "default" && !parsePrefix(to))
        yield { path: `${path}.to`, what: `host ${host.name}: "${to}" is neither "default" nor a network` };
      if (!gateway)
        yield { path: `${path}.via`, what: `host ${host.name}: the route's gateway "${via}" is no address` };
      else if (!host.interfaces.some((spec) => spec.addresses.some((a) => reaches(a.address, gateway))))
        yield {
          path: `${path}.via`,
          what: `host ${host.name}: no interface is on the network of the gateway ${via}`,
        };
    }
}

function reaches(address: string, gateway: IpAddress): boolean {
  const prefix = parsePrefix(address);
  return prefix !== undefined && contains(prefix, gateway);
}
