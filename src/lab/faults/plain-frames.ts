import type { Network } from "../../netlink/index.js";
import type { Lab } from "../lab.js";
import { cablesOf } from "./cables.js";

/** Offloads of a host's interface that were on and are off while the lab has bad cables. */
export interface PlainDevice {
  readonly host: string;
  readonly interface: string;
  /** By the kernel's names. */
  readonly features: readonly string[];
}

/** What lets a host hand its network card more than one packet at a time, or one without its checksum. */
const notPlain = /^tx-(checksum-|tcp|udp|sctp|generic-segmentation|gso-list)/;
/** GRO merges nothing that comes to more bytes than that. */
const noMerging = 1;
/** GRO_LEGACY_MAX_SIZE: what a device has when it is made. */
const asMade = 65536;

/**
 * Has all hosts send what a real cable carries: packets no longer than the MTU, with their checksums. Between virtual
 * devices the kernel saves itself that, and then a "packet" that is lost or held would be up to 64 kB of them.
 *
 * @param only the hosts it is about; all if none are given.
 * @returns what was changed of the hosts' interfaces.
 */
export function makePlain(lab: Lab, only?: readonly string[]): PlainDevice[] {
  const atSwitch = lab.switch.network();
  try {
    return cablesOf(lab.topology)
      .filter(({ host }) => !only || only.includes(host))
      .flatMap((cable) => {
        if (!lab.host(cable.host).exists || !atSwitch.links.find(cable.port)) return [];
        atSwitch.links.change(cable.port, { groMaxSize: noMerging });
        const features = onHost(lab, cable.host, (network) => turnOff(network, cable.interface));
        return features.length > 0 ? [{ host: cable.host, interface: cable.interface, features }] : [];
      });
  } finally {
    atSwitch.close();
  }
}

/** Turns on again what {@link makePlain} turned off, where it is still there. */
export function makeAsBefore(lab: Lab, devices: readonly PlainDevice[]): void {
  for (const { host, interface: device, features } of devices) {
    if (!lab.host(host).exists) continue;
    onHost(lab, host, (network) => {
      if (!network.links.find(device)) return;
      const there = network.offloads.read(device).all;
      const changeable = features.filter((name) => there.get(name)?.changeable);
      network.offloads.set(device, Object.fromEntries(changeable.map((name) => [name, true])));
    });
  }
  const atSwitch = lab.switch.network();
  try {
    for (const { port } of cablesOf(lab.topology))
      if (atSwitch.links.find(port)) atSwitch.links.change(port, { groMaxSize: asMade });
  } finally {
    atSwitch.close();
  }
}

function turnOff(network: Network, device: string): string[] {
  if (!network.links.find(device)) return [];
  const features = [...network.offloads.read(device).all]
    .filter(([name, { active, changeable }]) => notPlain.test(name) && active && changeable)
    .map(([name]) => name);
  network.offloads.set(device, Object.fromEntries(features.map((name) => [name, false])));
  return features;
}

function onHost<T>(lab: Lab, host: string, work: (network: Network) => T): T {
  const network = lab.host(host).network();
  try {
    return work(network);
  } finally {
    network.close();
  }
}
