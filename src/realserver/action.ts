import type { TunnelTypes } from "../dataplane/xdp/index.js";
import { prefixText } from "../ipvs/prefix.js";
import { shellWord, typed } from "../sys/index.js";
import type { IpAddress } from "../wire/index.js";
import { fullLength, type HostRoute } from "./host-state.js";
import { sysctlName } from "./step.js";
import { typesText } from "./wanted.js";

/** One change of a host. */
export type Action =
  | { readonly do: "set-sysctl"; readonly parts: readonly string[]; readonly value: string }
  | { readonly do: "load-module"; readonly name: string; readonly link: string }
  | { readonly do: "set-link"; readonly link: string; readonly up: boolean }
  | {
      readonly do: "add-address";
      readonly link: string;
      readonly address: IpAddress;
      readonly label?: string | undefined;
    }
  | { readonly do: "remove-address"; readonly link: string; readonly address: IpAddress }
  | { readonly do: "replace-route"; readonly route: HostRoute }
  | { readonly do: "remove-route"; readonly route: HostRoute }
  | {
      readonly do: "take-tunnels";
      readonly vip: IpAddress;
      readonly types: TunnelTypes;
      readonly links: readonly string[];
      readonly clampMss: boolean;
    }
  | { readonly do: "leave-tunnels"; readonly vip: IpAddress };

/** What a person would type for it: a command of ip, sysctl or modprobe, or a comment where only Rondo can do it. */
export function commandOf(action: Action): string {
  switch (action.do) {
    case "set-sysctl":
      return typed`sysctl -w ${sysctlName(action.parts)}=${action.value}`;
    case "load-module":
      return `modprobe ${action.name}`;
    case "set-link":
      return typed`ip link set ${action.link} ${action.up ? "up" : "down"}`;
    case "add-address": {
      const rest = action.label ? ` label ${action.label}` : action.address.family === 6 ? " nodad" : "";
      return `ip addr add ${action.address}/${fullLength(action.address)} dev ${shellWord(action.link)}${rest}`;
    }
    case "remove-address":
      return typed`ip addr del ${action.address}/${fullLength(action.address)} dev ${action.link}`;
    case "replace-route":
      return `${ipOf(action.route)} route replace ${routeText(action.route)}`;
    case "remove-route":
      return `${ipOf(action.route)} route del ${routeText(action.route)}`;
    case "take-tunnels": {
      const { vip, types, links, clampMss } = action;
      const clamp = clampMss ? ", and the MSS of answers is lowered (tc egress)" : "";
      return `# rondo: packets for ${vip} in ${typesText(types)} are unwrapped at ${links.join(", ")} (tc ingress)${clamp}`;
    }
    case "leave-tunnels":
      return `# rondo: packets for ${action.vip} in tunnels are no longer unwrapped`;
  }
}

const ipOf = ({ destination }: HostRoute): string => (destination.address.family === 6 ? "ip -6" : "ip");

/** As `ip route` takes it. */
function routeText(route: HostRoute): string {
  const { destination, hops, metric, source, mtu, protocol } = route;
  const usual = destination.address.family === 6 ? 1024 : 0;
  const way = ({ gateway, link }: HostRoute["hops"][number]) =>
    `${gateway ? `via ${gateway} ` : ""}dev ${shellWord(link)}`;
  const words = [
    destination.length === 0 ? "default" : prefixText(destination),
    ...(hops.length === 1 ? [way(hops[0]!)] : []),
    ...(protocol === "static" ? [] : [`proto ${protocol}`]),
    ...(source ? [`src ${source}`] : []),
    ...(metric === usual ? [] : [`metric ${metric}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
    ...(route.onLink && hops.length === 1 ? ["onlink"] : []),
    ...(hops.length === 1
      ? []
      : hops.map((hop) => `nexthop ${way(hop)} weight ${hop.weight ?? 1}${route.onLink ? " onlink" : ""}`)),
  ];
  return words.join(" ");
}
