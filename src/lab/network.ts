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
 * Makes the switch: one bridge a network. Each interface of a host is plugged into a port of its network's bridge.
 *
 *     client            switch                 director
 *       eth0 ── veth ── client ┐     ┌ director ── veth ── ens33
 *                              vmnet4
 */
export function buildSwitch(topology: Topology, theSwitch: Host): void {
  theSwitch.within(() => setCommonSysctls(hasIpv6(topology)));
  const atSwitch = theSwitch.network();
  try {
    for (const [index, { name }] of topology.networks.entries())
      atSwitch.links.createBridge({ name, mac: `02:03:00:00:00:${hex(index)}`, up: true });
  } finally {
    atSwitch.close();
  }
}

/** Plugs a host's cables in, and gives its network what the kernel's should have been. `bare` leaves its interfaces down. */
export function plugIn(
  topology: Topology,
  theSwitch: Host,
  host: Host,
  { hook, bare }: { hook: Hook; bare: boolean },
): void {
  host.within(() => setCommonSysctls(hasIpv6(topology)));
  const atSwitch = theSwitch.network();
  const network = host.network();
  try {
    network.links.up("lo");
    for (const plug of plugs(topology).filter(({ host: { name } }) => name === host.name)) {
      host.withDescriptor((namespace) => connect(atSwitch, plug, namespace, !bare));
      if (hook !== "xdp") continue;
      atSwitch.offloads.set(plug.port, { gro: true, tx: false });
      // Native XDP hands packets on without the note that the checksum is still to be computed: the sender does it.
      network.offloads.set(plug.interface.name, { tx: false });
    }
  } finally {
    network.close();
    atSwitch.close();
  }
}

/** Pulls a host's cables out of the switch, both ends: what was on the way is lost. */
export function unplug(topology: Topology, theSwitch: Host, host: string): void {
  const atSwitch = theSwitch.network();
  try {
    for (const plug of plugs(topology).filter(({ host: { name } }) => name === host))
      if (atSwitch.links.find(plug.port)) atSwitch.links.remove(plug.port);
  } finally {
    atSwitch.close();
  }
}

/**
 * What a new network takes from the machine it is made on would make labs differ; nothing here forwards unless it
 * says so. IPv6 where nobody uses it would only put its discovery into every capture.
 */
function setCommonSysctls(ipv6: boolean): void {
  writeSysctl("net.ipv4.ip_forward", 0);
  for (const name of ["arp_ignore", "arp_announce", "rp_filter"])
    for (const which of ["all", "default", "lo"]) writeSysctl(`net.ipv4.conf.${which}.${name}`, 0);
  if (!ipv6 && existsSync("/proc/sys/net/ipv6")) {
    writeSysctl("net.ipv6.conf.all.disable_ipv6", 1);
    writeSysctl("net.ipv6.conf.default.disable_ipv6", 1);
  }
}

function hasIpv6(topology: Topology): boolean {
  return topology.networks.some(({ prefix }) => prefixOf(prefix).address.family === 6);
}

function connect(atSwitch: Network, plug: Plug, namespace: number, up: boolean): void {
  const peer = { name: plug.interface.name, mac: plug.mac.toString(), namespace, up };
  atSwitch.links.createVeth({ name: plug.port, mac: plug.portMac.toString(), up: true, peer });
  atSwitch.links.change(plug.port, { master: plug.interface.network });
}

/** Gives a host that is plugged in its sysctls, addresses and routes. */
export function configure(host: Host, spec: HostSpec): void {
  const network = host.network();
  try {
    for (const { name, addresses } of spec.interfaces)
      for (const address of addresses) addAddress(network, name, address);
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
