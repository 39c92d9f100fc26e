import type { TunnelTypes } from "../dataplane/xdp/index.js";
import { type Prefix, prefixText } from "../ipvs/prefix.js";
import { IpAddress } from "../wire/index.js";
import type { HostRoute } from "./host-state.js";
import { typesText } from "./wanted.js";

/** A sysctl has one of these values. */
export interface SysctlStep {
  readonly kind: "sysctl";
  /** ["net", "ipv4", "conf", "eth0.100", "rp_filter"]: a part may have a dot of its own. */
  readonly parts: readonly string[];
  /** The values that do. */
  readonly allowed: readonly number[];
  /** The one that it is given if it has none of them. */
  readonly set: number;
}

/** A kernel module is loaded, and its device is there. */
export interface ModuleStep {
  readonly kind: "module";
  readonly name: string;
  readonly link: string;
}

/** A device is up. */
export interface LinkStep {
  readonly kind: "link";
  readonly name: string;
}

/** A device has an address, with a prefix of its own alone. */
export interface AddressStep {
  readonly kind: "address";
  readonly link: string;
  readonly address: IpAddress;
  /** IPv4's label: "lo:0". */
  readonly label?: string;
}

/** The host's default gateway of that family. */
export interface GatewayStep {
  readonly kind: "gateway";
  readonly gateway: IpAddress;
  readonly link: string;
  readonly metric: number;
}

/** A network is reached by a gateway, or on a link. */
export interface RouteStep {
  readonly kind: "route";
  readonly destination: Prefix;
  readonly gateway?: IpAddress;
  readonly link: string;
}

/** A program of ours takes packets for a VIP out of tunnels. */
export interface DecapsulationStep {
  readonly kind: "decapsulation";
  readonly vip: IpAddress;
  readonly types: TunnelTypes;
  readonly links: readonly string[];
  readonly clampMss: boolean;
}

/** Something that has to be so on a real server. A plan is a list of them, in the order in which they are made so. */
export type Step =
  | SysctlStep
  | ModuleStep
  | LinkStep
  | AddressStep
  | GatewayStep
  | RouteStep
  | DecapsulationStep;

/** A sysctl's name as sysctl(8) takes it: a dot within a part is written as a slash. */
export const sysctlName = (parts: readonly string[]): string =>
  parts.map((part) => part.replaceAll(".", "/")).join(".");

/** What names the thing that a step is about: two steps with the same name are about one thing. */
export function nameOf(step: Step): string {
  switch (step.kind) {
    case "sysctl":
      return `sysctl ${step.parts.join("/")}`;
    case "module":
      return `module ${step.name}`;
    case "link":
      return `link ${step.name}`;
    case "address":
      return `address ${step.address} ${step.link}`;
    case "gateway":
      return `gateway IPv${step.gateway.family}`;
    case "route":
      return `route ${step.destination.address}/${step.destination.length}`;
    case "decapsulation":
      return `decapsulation ${step.vip}`;
  }
}

/** What is so when a step holds, as a sentence without an end. */
export function textOf(step: Step): string {
  switch (step.kind) {
    case "sysctl":
      return `${sysctlName(step.parts)} is ${step.allowed.join(", ").replace(/, (\d+)$/, " or $1")}`;
    case "module":
      return `the kernel's ${step.name} is loaded, and there is ${step.link}`;
    case "link":
      return `${step.name} is up`;
    case "address":
      return `${step.link} has ${step.address}/${8 * step.address.bytes.length}`;
    case "gateway":
      return `IPv${step.gateway.family}'s default gateway is ${step.gateway} at ${step.link}`;
    case "route": {
      const way = step.gateway ? `through ${step.gateway}` : `at ${step.link}`;
      return `${prefixText(step.destination)} is reached ${way}`;
    }
    case "decapsulation": {
      const clamp = step.clampMss ? ", and the MSS of answers is lowered" : "";
      return `packets for ${step.vip} in ${typesText(step.types)} are unwrapped at ${step.links.join(", ")}${clamp}`;
    }
  }
}

/** The route that a step wants. */
export function routeOf(step: GatewayStep | RouteStep): HostRoute {
  const { gateway, link } = step;
  const destination = step.kind === "route" ? step.destination : { address: zeroOf(step.gateway), length: 0 };
  const metric = step.kind === "gateway" ? step.metric : destination.address.family === 6 ? 1024 : 0;
  return {
    destination,
    hops: [{ link, ...(gateway && { gateway }) }],
    metric,
    protocol: "static",
    type: "unicast",
  };
}

const zeroOf = (address: IpAddress): IpAddress => IpAddress.fromBytes(new Uint8Array(address.bytes.length));
