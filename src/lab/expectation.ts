import type { RealServer, VirtualServer } from "../config/keepalived/index.js";
import { type Expectation, expectedAnswers } from "./expected.js";
import { proxyExpectation } from "./haproxy-config.js";
import { masterOf, readKeepalived } from "./keepalived-config.js";
import { nginxExpectation } from "./nginx-config.js";
import { type RuleService, readRules } from "./rules.js";
import { type HostSpec, hostsOf, type Topology, withoutPrefix } from "./topology.js";

/** Who should answer the topology's traffic, as long as nothing is wrong. */
export function expectation(topology: Topology, requests: number): Expectation {
  const { address, port } = topology.traffic;
  const asked = (service: RuleService) => {
    const { id } = service.service;
    return id.kind === "address" && id.address.toString() === address && id.port === port;
  };
  const master = masterOf(topology, address);
  const directors = master ? [master] : hostsOf(topology, "director");
  const services = directors.flatMap((host) => [...readRules(host.rules ?? []), ...virtualServices(host)]);
  const service = services.find(asked);
  if (service) return expectedAnswers(service, requests);
  const proxied = proxyExpectation(topology, port, requests) ?? nginxExpectation(topology, port, requests);
  if (proxied) return proxied;
  const own = master?.interfaces[0]?.addresses[0]?.address;
  if (own !== undefined && master?.web?.port === port)
    return { counts: new Map([[withoutPrefix(own), requests]]), exact: true };
  return { counts: new Map(), exact: false };
}

function virtualServices(host: HostSpec): RuleService[] {
  if (!host.keepalived) return [];
  return readKeepalived(host).config.virtualServers.flatMap((server) => asRules(server) ?? []);
}

function asRules(virtual: VirtualServer): RuleService | undefined {
  const { target, protocol, scheduler, schedulerFlags, onePacket, servers } = virtual;
  if (target.kind !== "address" || !protocol) return undefined;
  const id = { kind: "address", protocol, address: target.address, port: target.port } as const;
  return { service: { id, scheduler, schedulerFlags, onePacket }, servers: servers.map(asServer).reverse() };
}

const asServer = ({ address, port, method, weight, upperThreshold, lowerThreshold }: RealServer) => ({
  address,
  port,
  method,
  weight,
  upperThreshold,
  lowerThreshold,
});
