import { schedulers } from "../ipvs/schedulers.js";
import { didYouMean } from "../nearest.js";
import { IpAddress } from "../wire/index.js";
import { virtualAddresses } from "./keepalived-config.js";
import { BadRule, type RuleService, readRules } from "./rules.js";
import type { Fault } from "./shape.js";
import { type HostSpec, hostsOf, type Topology, withoutPrefix } from "./topology.js";

const has = (host: HostSpec, address: string) =>
  host.interfaces.some(({ addresses }) => addresses.some((one) => withoutPrefix(one.address) === address));

const hasOnLoopback = (host: HostSpec, vip: string) =>
  (host.loopback ?? []).some(({ address }) => withoutPrefix(address) === vip);

/** Where clients come in. */
const entrances = (topology: Topology) => [...hostsOf(topology, "director"), ...hostsOf(topology, "proxy")];

export function* vipFaults(topology: Topology): Generator<Fault> {
  const given = new Set(topology.hosts.flatMap(virtualAddresses));
  for (const [v, vip] of topology.vips.entries()) {
    if (!IpAddress.parse(vip)) yield { path: `vips[${v}]`, what: `the VIP "${vip}" is no address` };
    else if (!entrances(topology).some((host) => has(host, vip)) && !given.has(vip))
      yield {
        path: `vips[${v}]`,
        what: `no director or proxy has the VIP ${vip}, and no keepalived gives it`,
      };
  }
  for (const [h, { name, tunnels = [] }] of topology.hosts.entries())
    for (const [t, vip] of tunnels.entries())
      if (!topology.vips.includes(vip))
        yield {
          path: `hosts[${h}].tunnels[${t}]`,
          what: `host ${name} takes ${vip} out of tunnels, which is no VIP of the topology`,
        };
}

export function* ruleFaults(topology: Topology): Generator<Fault> {
  for (const [h, host] of topology.hosts.entries()) {
    if (!host.rules) continue;
    const path = `hosts[${h}].rules`;
    if (host.role !== "director")
      yield { path, what: `host ${host.name} has ipvsadm rules and is no director` };
    try {
      for (const service of readRules(host.rules))
        for (const what of serviceFaults(topology, service))
          yield { path, what: `host ${host.name}: ${what}` };
    } catch (error) {
      if (!(error instanceof BadRule)) throw error;
      yield {
        path: `${path}[${error.index}], column ${error.column}`,
        what: `host ${host.name}: ${error.message}`,
      };
    }
  }
}

function* serviceFaults(topology: Topology, { service, servers }: RuleService): Generator<string> {
  const { id, scheduler } = service;
  const names = schedulers.map(({ name }) => name);
  if (!names.includes(scheduler))
    yield `a rule's scheduler is "${scheduler}", which there is not${didYouMean(scheduler, names)}`;
  const vip = id.kind === "address" ? id.address.toString() : undefined;
  if (id.kind === "address" && !topology.vips.includes(id.address.toString()))
    yield `a rule's service ${id.address}:${id.port} is on no VIP of the topology` +
      didYouMean(id.address.toString(), topology.vips);
  for (const { address, method } of servers) {
    const server = topology.hosts.find((candidate) => has(candidate, address.toString()));
    if (!server) yield `a rule names the server ${address}, which no host is`;
    else if (server.role === "director") continue;
    else if (method === "droute" && vip !== undefined && !hasOnLoopback(server, vip))
      yield `${server.name} has not the VIP ${vip} on lo, without which it answers no request by DR`;
    else if (method === "tunnel" && vip !== undefined && !server.tunnels?.includes(vip))
      yield `${server.name} does not take the VIP ${vip} out of tunnels: its field tunnels has to name it`;
    else if (method === "masq" && !answersThroughDirector(topology, server))
      yield `${server.name} has no route through a director, without which its answers go past it, and NAT needs them back`;
  }
}

const answersThroughDirector = (topology: Topology, server: HostSpec) =>
  (server.routes ?? []).some(({ via }) =>
    hostsOf(topology, "director").some((director) => has(director, via)),
  );

export function* trafficFaults(topology: Topology): Generator<Fault> {
  const { from, address } = topology.traffic;
  const names = topology.hosts.map(({ name }) => name);
  const asking = topology.hosts.find(({ name }) => name === from);
  if (!asking)
    yield {
      path: "traffic.from",
      what: `its traffic comes from "${from}", which no host is${didYouMean(from, names)}`,
    };
  else if (!asking.interfaces[0]?.addresses[0])
    yield { path: "traffic.from", what: `${from}, where its traffic comes from, has no address` };
  if (!topology.vips.includes(address))
    yield {
      path: "traffic.address",
      what: `its traffic goes to ${address}, which is no VIP${didYouMean(address, topology.vips)}`,
    };
}
