import { RondoError } from "../errors.js";
import { quietest, quietValues } from "../ipvs/arp-quiet.js";
import type { IpAddress } from "../wire/index.js";
import { checkRoomForVip } from "./check-vip.js";
import { ethernets, type HostLink, type HostState, linkNamed } from "./host-state.js";
import type { AddressStep, LinkStep, Step, SysctlStep } from "./step.js";
import type { DirectWanted } from "./wanted.js";

/** What a real server by DR needs. */
export function directSteps(wanted: DirectWanted, state: HostState): Step[] {
  const { vip } = wanted;
  checkRoomForVip(vip, state);
  const links = takingLinks(wanted.interfaces, state);
  // The address comes last: with it before the others, the host would answer ARP for it for a moment.
  return [...silentSteps(vip, state), ...loosenSteps(vip, links, state), ...loSteps(vip, state)];
}

/** The interfaces that a director's packets come in by: those named, or all Ethernet interfaces that are up. */
export function takingLinks(names: readonly string[], state: HostState): HostLink[] {
  if (names.length === 0) return ethernets(state);
  return names.map((name) => {
    const link = linkNamed(state, name);
    if (link && !link.loopback) return link;
    throw new RondoError("no-interface", link ? "lo reaches no director" : `there is no interface ${name}`);
  });
}

const arpSettings = ["arp_ignore", "arp_announce"] as const;

/**
 * Has the host keep to itself that it has the VIP: where the VIP is, is the director's to say. IPv6 needs nothing: the kernel
 * answers for addresses of the device alone (net/ipv6/ndisc.c).
 */
export function silentSteps(vip: IpAddress, state: HostState): SysctlStep[] {
  if (vip.family === 6) return [];
  const all = arpSettings.map((name) => {
    const set = quietest[name];
    return sysctl(["net", "ipv4", "conf", "all", name], quietValues(name, 0), set);
  });
  // A device's own value that is larger, and is none of those, would undo them.
  const own = ethernets(state).flatMap((link) =>
    arpSettings.map((name) => {
      const set = quietest[name];
      return sysctl(["net", "ipv4", "conf", link.name, name], quietValues(name, set), set);
    }),
  );
  return [...all, ...own];
}

/**
 * The way back to a client need not be the way that the director's packets came by. Where there is more than one, the strict
 * filter (1) would drop those; 2 asks only that there is a way. The larger one of a device's own value and that of `all` holds.
 */
export function loosenSteps(vip: IpAddress, links: readonly HostLink[], state: HostState): SysctlStep[] {
  const ways = state.links.filter(({ up, loopback, master }) => up && !loopback && master === undefined);
  if (vip.family === 6 || ways.length < 2) return [];
  return links.map(({ name }) => loosenStep(name, state));
}

export function loosenStep(name: string, state: HostState): SysctlStep {
  const strictForAll = Number(state.sysctl(["net", "ipv4", "conf", "all", "rp_filter"])) === 1;
  return sysctl(["net", "ipv4", "conf", name, "rp_filter"], strictForAll ? [2] : [0, 2], 2);
}

/** The VIP on lo. */
export function loSteps(vip: IpAddress, state: HostState): (LinkStep | AddressStep)[] {
  return [
    { kind: "link", name: "lo" },
    {
      kind: "address",
      link: "lo",
      address: vip,
      ...(vip.family === 4 && { label: labelFor(vip, state) }),
    },
  ];
}

/** The label that it has, or the first of lo:0, lo:1 ... that is free. */
function labelFor(vip: IpAddress, state: HostState): string {
  const onLo = state.addresses.filter(({ link }) => link === "lo");
  const here = onLo.find(({ address }) => address.equals(vip));
  if (here?.label?.startsWith("lo:")) return here.label;
  const taken = new Set(onLo.map(({ label }) => label));
  for (let number = 0; ; number++) if (!taken.has(`lo:${number}`)) return `lo:${number}`;
}

export const sysctl = (parts: readonly string[], allowed: readonly number[], set: number): SysctlStep => ({
  kind: "sysctl",
  parts,
  allowed,
  set,
});
