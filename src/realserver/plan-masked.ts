import { RondoError } from "../errors.js";
import { contains, covers, prefixText } from "../ipvs/prefix.js";
import { shellWord } from "../sys/index.js";
import type { IpAddress } from "../wire/index.js";
import { checkVip } from "./check-vip.js";
import {
  connected,
  defaultRoutes,
  fullLength,
  type HostState,
  isLinkLocal,
  linkNamed,
  linkTowards,
  ownersOf,
} from "./host-state.js";
import type { Note } from "./plan.js";
import { clientSteps } from "./plan-clients.js";
import { sysctl, takingLinks } from "./plan-direct.js";
import type { Step, SysctlStep } from "./step.js";
import type { MaskedWanted } from "./wanted.js";

/** What a real server by NAT needs: that what it answers goes back through the director. */
export function maskedPlan(wanted: MaskedWanted, state: HostState): { steps: Step[]; notes: Note[] } {
  const { gateway, vip } = wanted;
  if (vip) checkForeign(vip, state);
  if (ownersOf(state, gateway).length > 0)
    throw new RondoError(
      "gateway-is-own",
      `${gateway} is this host's own address: the gateway is the director's`,
      {
        remedy:
          "Name the director's address on this server's network (its DIP). A server on the director itself needs none of this.",
      },
    );
  const link = gatewayLink(wanted, state);
  return {
    steps: [
      ...redirectSteps(gateway, link, state),
      { kind: "gateway", gateway, link, metric: metricOf(gateway, link, state) },
      ...clientSteps(wanted, link, state),
    ],
    notes: notesOf(wanted, link, state),
  };
}

/** A server by NAT that had the VIP would take its director's packets for its own, and its answers would not be the VIP's. */
function checkForeign(vip: IpAddress, state: HostState): void {
  checkVip(vip);
  const [owner] = ownersOf(state, vip);
  if (!owner) return;
  const text = `${vip}/${owner.prefixLength}`;
  throw new RondoError("vip-here", `${owner.link} has ${text}: with NAT only the director has the VIP`, {
    remedy: `Take it away: ip addr del ${text} dev ${shellWord(owner.link)} (or undo what put it there: rondo realserver status).`,
  });
}

/** The device on whose network the director is. */
function gatewayLink({ gateway, interfaces }: MaskedWanted, state: HostState): string {
  const [named] = takingLinks(interfaces, state).filter(({ name }) => interfaces.includes(name));
  if (isLinkLocal(gateway)) {
    if (named) return named.name;
    throw new RondoError(
      "gateway-not-connected",
      `${gateway} is link-local: it says not on which network it is`,
      {
        remedy: "Name the interface: --interface DEV.",
      },
    );
  }
  const link = linkTowards(state, gateway);
  const networks = connected(state, gateway.family)
    .filter(({ destination }) => destination.length < fullLength(destination.address))
    .map(({ destination, hops }) => `${prefixText(destination)} at ${hops[0]!.link}`);
  if (link === undefined || linkNamed(state, link)?.loopback)
    throw new RondoError(
      "gateway-not-connected",
      `the gateway ${gateway} is on no network of this host (${networks.join(", ") || "it is on none"})`,
      {
        remedy:
          "With NAT director and server share a network: give the server an address there, or take DR's or TUN's way.",
      },
    );
  if (named && named.name !== link)
    throw new RondoError(
      "gateway-elsewhere",
      `the gateway ${gateway} is reached at ${link}, and not at ${named.name}`,
    );
  return link;
}

/**
 * A router that sends a packet back to where it came from tells its sender of the nearer way, and who believes that answers past
 * the director from then on. net/ipv4: a host asks `all` or the device, so both are off; IPv6 asks the device.
 */
function redirectSteps(gateway: IpAddress, link: string, state: HostState): SysctlStep[] {
  if (gateway.family === 6) return [sysctl(["net", "ipv6", "conf", link, "accept_redirects"], [0], 0)];
  const places = ["all", link];
  const off = (key: string) => places.map((place) => sysctl(["net", "ipv4", "conf", place, key], [0], 0));
  // Who forwards is a router, too.
  const forwards = state.sysctl(["net", "ipv4", "ip_forward"]) === "1";
  return [...off("accept_redirects"), ...(forwards ? off("send_redirects") : [])];
}

/**
 * IPv4's default routes have metric 0 unless somebody said more, and the lowest is taken. IPv6's have 1024, also those that
 * routers announce, which come and go: ours is before them.
 */
function metricOf(gateway: IpAddress, link: string, state: HostState): number {
  if (gateway.family === 4) return 0;
  const [first, ...more] = defaultRoutes(state, 6);
  const ours =
    first?.hops.length === 1 && first.hops[0]!.gateway?.equals(gateway) && first.hops[0]!.link === link;
  return ours && more.length === 0 ? first.metric : 1;
}

function notesOf({ gateway, vip, clients }: MaskedWanted, link: string, state: HostState): Note[] {
  const networks = connected(state, gateway.family).filter(
    ({ destination }) =>
      destination.length < fullLength(destination.address) &&
      !clients.some((client) => covers(client, destination)),
  );
  const near = networks.find(({ destination }) => vip && contains(destination, vip));
  if (near)
    return [
      {
        level: "warning",
        text: `the VIP ${vip} is on ${prefixText(near.destination)}, where this server is, too: a client there would get its answers past the director (from ${link === near.hops[0]!.link ? "an address that it never asked" : near.hops[0]!.link}), and drop them. Name such clients: --client ADDRESS or --client ${prefixText(near.destination)}; and have the director send no redirects (net.ipv4.conf.all.send_redirects and that of its interface 0)`,
      },
    ];
  if (networks.length === 0) return [];
  return [
    {
      level: "advice",
      text: `clients on ${networks.map(({ destination, hops }) => `${prefixText(destination)} (${hops[0]!.link})`).join(", ")} would get their answers past the director: if there are any, name them by --client`,
    },
  ];
}
