import { IpAddress, MacAddress } from "../wire/index.js";
import { type HostSpec, type InterfaceSpec, type Topology, withoutPrefix } from "./topology.js";

/** Where an interface of a host is plugged in: a cable from the host to a port of the switch. */
export interface Plug {
  readonly host: HostSpec;
  readonly interface: InterfaceSpec;
  readonly mac: MacAddress;
  /** The port's name on the switch: the host's name, or "HOST-INTERFACE" where it has several. */
  readonly port: string;
  readonly portMac: MacAddress;
}

/**
 * All cables of a topology, with the MAC addresses at both ends. They are always the same, and say whose they are:
 *
 *     02:00:c0:a8:04:64   an interface: its first IPv4 address, here 192.168.4.100
 *     02:01:00:00:hh:ii   an interface without one: the host's and the interface's number
 *     02:02:00:00:hh:ii   a port of the switch
 *
 * 02 marks an address that was locally given (IEEE 802-2014, 8.4).
 */
export function plugs(topology: Topology): Plug[] {
  return topology.hosts.flatMap((host, h) =>
    host.interfaces.map((spec, i) => ({
      host,
      interface: spec,
      mac: interfaceMac(spec, h, i),
      port: host.interfaces.length === 1 ? host.name : `${host.name}-${spec.name}`,
      portMac: MacAddress.fromBytes(Uint8Array.of(2, 2, 0, 0, h, i)),
    })),
  );
}

function interfaceMac(spec: InterfaceSpec, h: number, i: number): MacAddress {
  const first = spec.addresses
    .map(({ address }) => IpAddress.parse(withoutPrefix(address)))
    .find((address) => address?.family === 4);
  return MacAddress.fromBytes(first ? Uint8Array.of(2, 0, ...first.bytes) : Uint8Array.of(2, 1, 0, 0, h, i));
}
