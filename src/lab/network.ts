import { existsSync } from "node:fs";
import type { Network } from "../netlink/index.js";
import { writeSysctl } from "../sys/index.js";
import { IpAddress } from "../wire/index.js";
import type { Host } from "./host.js";
import { type Plug, plugs } from "./plugs.js";
import { broadcastOf, prefixOf } from "./prefix.js";
import type { Hook } from "./state.js";
import type { AddressSpec, HostSpec, Topology } from "./topology.js";

/**
 * Plugs the hosts together: one bridge a network on the switch, a cable from each interface to a port of its bridge.
 *
 *     client            switch                 director
 *       eth0 ── veth ── client ┐     ┌ director ── veth ── ens33
 *                              vmnet4
 */
export function buildNetwork(
  topology: Topology,
  theSwitch: Host,
  hostNamed: (name: string) => Host,
  hook: Hook,
): void {
  const all = [theSwitch, ...topology.hosts.map(({ name }) => hostNamed(name))];
  for (const host of all) host.within(() => setCommonSysctls(hasIpv6(topology)));
  const atSwitch = theSwitch.network();
  try {
    for (const [index, { name }] of topology.networks.entries())
      atSwitch.links.createBridge({ name, mac: `02:03:00:00:00:${hex(index)}`, up: true });
    for (const plug of plugs(topology)) {
      hostNamed(plug.host.name).withDescriptor((namespace) => plugIn(atSwitch, plug, namespace));
      if (hook === "xdp") atSwitch.offloads.set(plug.port, { gro: true, tx: false });
    }
  } finally {
    atSwitch.close();
  }
  for (const spec of topology.hosts) configure(hostNamed(spec.name), spec, hook);
}

/**
 * What a new network takes from the machine it is made on would make labs differ; nothing here forwards unless it
 * says so. IPv6 where nobody uses it would only put its discovery into every capture.
 */
function setCommonSysctls(ipv6: boolean): void {
  writeSysctl("net.ipv4.ip_forward", 0);
  if (!ipv6 && existsSync("/proc/sys/net/ipv6")) {
    writeSysctl("net.ipv6.conf.all.disable_ipv6", 1);
    writeSysctl("net.ipv6.conf.default.disable_ipv6", 1);
  }
}

function hasIpv6(topology: Topology): boolean {
  return topology.networks.some(({ prefix }) => prefixOf(prefix).address.family === 6);
}

function plugIn(atSwitch: Network, plug: Plug, namespace: number): void {
  const peer = { name: plug.interface.name, mac: plug.mac.toString(), namespace, up: true };
  atSwitch.links.createVeth({ name: plug.port, mac: plug.portMac.toString(), up: true, peer });
  atSwitch.links.change(plug.port, { master: plug.interface.network });
}

function configure(host: Host, spec: HostSpec, hook: Hook): void {
  const network = host.network();
  try {
    network.links.up("lo");
    for (const { name, addresses } of spec.interfaces) {
      // Native XDP hands packets on without the note that the checksum is still to be computed: the sender does it.
      if (hook === "xdp") network.offloads.set(name, { tx: false });
      for (const address of addresses) addAddress(network, name, address);
    }
    // Before the VIP is there, or the host would answer ARP for it for a moment.
    host.within(() => {
      for (const [name, value] of Object.entries(spec.sysctls ?? {})) writeSysctl(name, value);
    });
    for (const address of spec.loopback ?? []) addAddress(network, "lo", address);
    for (const { to, via } of spec.routes ?? []) {
      const target = to === "default" ? undefined : prefixOf(to);
      network.routes.add({
        gateway: IpAddress.of(via),
        ...(target ? { destination: target.address, prefixLength: target.length } : {}),
      });
    }
  } finally {
    network.close();
  }
}

function addAddress(network: Network, link: string, { address: text, label }: AddressSpec): void {
  const prefix = prefixOf(text);
  const { address, length } = prefix;
  const broadcast = address.family === 4 && length < 31 ? { broadcast: broadcastOf(prefix) } : {};
  network.addresses.add(link, {
    address,
    prefixLength: length,
    ...broadcast,
    ...(label === undefined ? {} : { label }),
  });
}

const hex = (value: number) => value.toString(16).padStart(2, "0");
