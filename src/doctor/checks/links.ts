import { typed } from "../../sys/index.js";
import { linkOf, otherEnds } from "../cluster.js";
import { on } from "../commands.js";
import type { HostFacts, LinkFacts } from "../facts.js";
import type { Check, Found, Mend } from "../finding.js";

/** Devices that a cluster's addresses are on have to be up and to have a signal. */
export const links: Check = {
  codes: {
    "link-down": { severity: "error", shows: "nothing comes or goes by this interface" },
    "no-carrier": { severity: "error", shows: "nothing comes or goes by this interface: no signal" },
  },
  *look({ hosts, directors, servings }) {
    const needed = new Map<HostFacts, Set<string>>();
    const need = (host: HostFacts | undefined, link: string | undefined) => {
      if (!host || link === undefined) return;
      needed.set(host, (needed.get(host) ?? new Set()).add(link));
    };
    for (const host of directors) {
      for (const { link } of host.director?.attached ?? []) need(host, link);
      for (const { vip } of host.services) if (vip !== undefined) need(host, linkOf(host, vip));
    }
    for (const { host, rip } of servings)
      if (host)
        for (const { link } of host.addresses.filter(({ address }) => rip === undefined || address === rip))
          need(host, link);
    for (const [host, names] of needed)
      for (const link of host.links.filter(({ name }) => names.has(name))) {
        const found = linkTrouble(hosts, host, link);
        if (found) yield found;
      }
  },
};

/** A TUN device has a signal while somebody reads it. One that only holds addresses, as lo does, needs none. */
const onlyHolds = ({ addresses }: HostFacts, { kind, name }: LinkFacts): boolean =>
  kind === "tun" &&
  addresses.every(
    ({ link, address, prefixLength }) => link !== name || prefixLength === (address.includes(":") ? 128 : 32),
  );

/** Why nothing comes or goes by a device. */
export function linkTrouble(
  hosts: readonly HostFacts[],
  host: HostFacts,
  link: LinkFacts,
): (Found & { readonly mend: Mend[] }) | undefined {
  if (!link.up)
    return {
      code: "link-down",
      host: host.host,
      what: `${link.name} is switched off`,
      mend: on(host, typed`ip link set ${link.name} up`),
    };
  if (link.carrier || link.loopback || onlyHolds(host, link)) return undefined;
  return {
    code: "no-carrier",
    host: host.host,
    what: `${link.name} has no signal: its cable, or the other end`,
    mend: otherEnds(hosts, host, link)
      .filter(({ end }) => !end.up)
      .flatMap(({ host: other, end }) => on(other, typed`ip link set ${end.name} up`)),
    cure: "Look at the cable, the switch's port, or (of a veth) whether the other end is up.",
  };
}
