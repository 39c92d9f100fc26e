import { type Cluster, distinct, hasAddress, isIpv4, linkOf, macOwner } from "../cluster.js";
import { on, setSysctl, takeAddress } from "../commands.js";
import type { Check, Found } from "../finding.js";
import { holds } from "../routing.js";

/** Who answers for a VIP, as it was heard on the wire. */
export const arpAnswers: Check = {
  codes: {
    "arp-answered": {
      severity: "error",
      shows: "clients that hear this server first send it everything, past the director",
    },
    "vip-duplicate": {
      severity: "error",
      shows: "connections break, or come to another machine, whenever a client asks anew who has the VIP",
    },
    "vip-silent": { severity: "error", shows: 'clients on the VIP\'s network say "no route to host"' },
  },
  *look(cluster) {
    for (const vip of new Set(
      cluster.directors.flatMap(({ services }) => services.flatMap(({ vip }) => vip ?? [])),
    ))
      if (isIpv4(vip)) yield* about(cluster, vip);
    yield* alone(cluster);
  },
};

function* about(cluster: Cluster, vip: string): Iterable<Found> {
  const heard = cluster.hosts.flatMap((host) =>
    host.arp.filter(({ address }) => address === vip).map((answer) => ({ host, ...answer })),
  );
  const macs = [...new Set(heard.flatMap((answer) => answer.macs))];
  const owners = cluster.directors.filter((host) => hasAddress(host, vip));
  const strangers = macs.filter((mac) => !macOwner(cluster.hosts, mac));
  for (const mac of macs) {
    const owner = macOwner(cluster.hosts, mac);
    // Where no director has the VIP, one that isn't known may have it, and this one stand by.
    if (!owner && owners.length === 0 && strangers.length === 1) continue;
    if (owner && cluster.directors.includes(owner.host)) continue;
    if (owner) {
      const { host } = owner;
      // A VLAN's device has the MAC address of the one below.
      const alike = new Set(host.links.filter((link) => link.mac === mac).map(({ name }) => name));
      const own = host.addresses.find(({ address, link }) => address === vip && alike.has(link));
      const isServer = cluster.servings.some((each) => each.host === host);
      yield {
        code: isServer ? "arp-answered" : "vip-duplicate",
        host: host.host,
        what: `${owner.link} (${mac}) answers ARP for ${vip}, which is the director's to do`,
        mend: on(host, ...(own ? takeAddress(host, own) : [setSysctl("net.ipv4.conf.all.arp_ignore", 1)])),
        explainedBy: [{ host: host.host, codes: ["arp-ignore", "vip-on-ethernet"] }],
      };
    } else {
      yield {
        code: "vip-duplicate",
        host: (owners[0] ?? cluster.directors[0]!).host,
        what: `a machine with the MAC address ${mac}, which none of these hosts is, answers ARP for ${vip}`,
        cure: "Find it (its switch port, `ip neigh`), and take the address from it; if it is a real server, set its arp_ignore to 1.",
      };
    }
  }
  yield* twice(cluster, vip);
  // The director itself doesn't hear its own question.
  const listeners = heard.filter(
    ({ host, link }) => !owners.includes(host) && hears(host, link, owners, vip),
  );
  const [owner] = owners;
  if (!owner || listeners.length === 0 || macs.length > 0) return;
  const ignored = linkOf(owner, vip) === "lo";
  yield {
    code: "vip-silent",
    host: owner.host,
    what: `nobody answers ARP for ${vip}, asked from ${[...new Set(listeners.map(({ host }) => host.host))].join(", ")}`,
    cure: ignored
      ? `The VIP is on lo here, and arp_ignore keeps this host from answering: set it to 0, or give the VIP to an interface with \`rondo director vip add\`.`
      : "See whether arp_ignore, arptables or a switch keeps the answer back.",
    explainedBy: [{ host: owner.host, codes: ["link-down", "no-carrier", "arp-blocked"] }],
  };
}

/** Whether a host's device is in a network that the VIP is in at its owner. */
function hears(
  host: Cluster["hosts"][number],
  link: string,
  owners: readonly Cluster["hosts"][number][],
  vip: string,
): boolean {
  const inNetwork = (address: string) =>
    owners.some((owner) =>
      owner.addresses.some(
        (own) =>
          own.link === linkOf(owner, vip) &&
          own.prefixLength < 32 &&
          holds(`${own.address}/${own.prefixLength}`, address),
      ),
    );
  return host.addresses.some((own) => own.link === link && inNetwork(own.address));
}

/** Several directors that have the VIP at one time: both masters. */
function* twice({ directors, hosts }: Cluster, vip: string): Iterable<Found> {
  const having = directors.filter((host) => {
    const link = linkOf(host, vip);
    return link !== undefined && link !== "lo" && host.services.some((service) => service.vip === vip);
  });
  if (having.length < 2) return;
  const answering = distinct(
    hosts.flatMap(({ arp }) => arp.filter(({ address }) => address === vip).flatMap(({ macs }) => macs)),
    (mac) => mac,
  );
  yield {
    code: "vip-duplicate",
    host: having[1]!.host,
    what: `${having.map(({ host }) => host).join(" and ")} both have ${vip}${answering.length > 1 ? ", and both answer ARP for it" : ""}`,
    cure: "One of them has to give it up: `rondo director vip del` on the one that is to stand by.",
  };
}

/** Asked from a real server alone: more than one machine answers. */
function* alone({ hosts, directors }: Cluster): Iterable<Found> {
  if (directors.length > 0) return;
  for (const host of hosts)
    for (const { address, macs, link } of host.arp)
      if (macs.length > 1)
        yield {
          code: "vip-duplicate",
          host: host.host,
          what: `${macs.length} machines answer ARP for ${address} at ${link}: ${macs.join(", ")}`,
          cure: "Only the director may: set arp_ignore to 1 on the real servers among them.",
        };
}
