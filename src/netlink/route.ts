import { IpAddress } from "../wire/address.js";
import { Attributes } from "./attributes.js";
import { MalformedMessageError } from "./malformed.js";
import { Scope } from "./prefix.js";
import { readMetrics } from "./route-metrics.js";
import { ipVersion, nameOf, Structure } from "./structure.js";

/*
 * The head of a route message: struct rtmsg (include/uapi/linux/rtnetlink.h). The table is also an attribute of
 * 32 bits, which counts.
 *
 *   0        1        2        3        4        5        6        7        8               12
 *   | family | dst len| src len|  tos   | table  |protocol| scope  |  type  |     flags     |
 */
export const routeHeadSize = 12;

/** RTA_* */
export const RouteAttribute = {
  destination: 1,
  source: 2,
  outputLink: 4,
  gateway: 5,
  metric: 6,
  preferredSource: 7,
  metrics: 8,
  multipath: 9,
  realms: 11,
  cacheInfo: 12,
  table: 15,
  mark: 16,
  via: 18,
  preference: 20,
  expires: 23,
  nextHopId: 30,
} as const;
/** RTM_F_CLONED: a cached exception (a learned MTU, a redirect), no route of the table. */
const cloned = 0x200;
/** RTNH_F_ONLINK */
export const onLinkFlag = 4;

/** RTN_* */
export const RouteType = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const;
/** RTPROT_*: who made the route. */
export const RouteProtocol = {
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  ra: 9,
  dhcp: 16,
  keepalived: 18,
  bird: 12,
  bgp: 186,
} as const;
/** RT_TABLE_* */
export const RouteTable = { default: 253, main: 254, local: 255 } as const;

export interface NextHop {
  /** undefined: the destination is on the link itself. May be IPv6 for an IPv4 destination. */
  readonly gateway?: IpAddress | undefined;
  /** Index of the link. */
  readonly link?: number | undefined;
  /** Share among several, 1 to 256. */
  readonly weight?: number | undefined;
  /** The gateway is on the link even if no prefix says so. */
  readonly onLink?: boolean | undefined;
}

export interface Route {
  readonly family: 4 | 6;
  /** All zeros for the default route. */
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** One, several (ECMP), or none (blackhole and the like, or a nexthop object). */
  readonly nextHops: readonly NextHop[];
  /** The address that connections of this host take. */
  readonly source: IpAddress | undefined;
  readonly scope: string;
  readonly type: string;
  readonly protocol: string;
  /** 254 is main, 255 local. */
  readonly table: number;
  /** Lower wins. */
  readonly metric: number;
  readonly mtu: number | undefined;
  readonly nextHopId: number | undefined;
  /** IPv4: of packets with this field. */
  readonly tos: number;
  /** IPv6: of packets from these addresses. */
  readonly from: { readonly address: IpAddress; readonly prefixLength: number } | undefined;
  /** All metrics, the MTU among them, by ip(8)'s names, as the kernel has them. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly lockedMetrics: readonly string[];
  readonly congestionControl: string | undefined;
  readonly realms: number | undefined;
  /** IPv6, RFC 4191: "medium" mostly. */
  readonly preference: string | undefined;
  /** IPv6: seconds until it goes by itself; undefined: never. */
  readonly expires: number | undefined;
}

/** ICMPV6_ROUTER_PREF_* */
export const RoutePreference = { medium: 0, high: 1, low: 3 } as const;
/** struct rta_cacheinfo: use count, last use, expiry (a signed count of USER_HZ, hundredths of seconds), and more. */
const cacheInfoSize = 12;
const ticksPerSecond = 100;

/** Reads the body of RTM_NEWROUTE or RTM_DELROUTE; undefined for other families, and for cached exceptions. */
export function parseRoute(body: Uint8Array): Route | undefined {
  const { head, rest } = Structure.split(body, routeHeadSize, "rtmsg");
  return head.u32(8) & cloned ? undefined : readRoute(head, Attributes.parse(rest));
}

/** Reads the answer to a question for one address, which is such a cached entry with IPv6 and with IPv4. */
export function parseRouteAnswer(body: Uint8Array): Route | undefined {
  const { head, rest } = Structure.split(body, routeHeadSize, "rtmsg");
  return readRoute(head, Attributes.parse(rest));
}

function readRoute(head: Structure, attributes: Attributes): Route | undefined {
  const family = ipVersion(head.u8(0));
  if (family === undefined) return undefined;
  const multipath = attributes.bytes(RouteAttribute.multipath);
  const single = nextHop(attributes, attributes.u32(RouteAttribute.outputLink), head.u32(8));
  const { metrics, lockedMetrics, congestionControl } = readMetrics(
    attributes.nested(RouteAttribute.metrics),
  );
  const from = attributes.address(RouteAttribute.source);
  const preference = attributes.u8(RouteAttribute.preference);
  return {
    family,
    destination:
      attributes.address(RouteAttribute.destination) ??
      IpAddress.fromBytes(new Uint8Array(family === 4 ? 4 : 16)),
    prefixLength: head.u8(1),
    nextHops: multipath ? parseMultipath(multipath) : single ? [single] : [],
    source: attributes.address(RouteAttribute.preferredSource),
    scope: nameOf(Scope, head.u8(6)),
    type: nameOf(RouteType, head.u8(7)),
    protocol: nameOf(RouteProtocol, head.u8(5)),
    table: attributes.u32(RouteAttribute.table) ?? head.u8(4),
    metric: attributes.u32(RouteAttribute.metric) ?? 0,
    mtu: metrics["mtu"],
    nextHopId: attributes.u32(RouteAttribute.nextHopId),
    tos: head.u8(3),
    from: from && { address: from, prefixLength: head.u8(2) },
    metrics,
    lockedMetrics,
    congestionControl,
    realms: attributes.u32(RouteAttribute.realms),
    preference: preference === undefined ? undefined : nameOf(RoutePreference, preference),
    expires: expiry(attributes.bytes(RouteAttribute.cacheInfo)),
  };
}

/** Of struct rta_cacheinfo; 0 (no expiry) for every other route. */
function expiry(cacheInfo: Uint8Array | undefined): number | undefined {
  if (!cacheInfo || cacheInfo.length < cacheInfoSize) return undefined;
  const ticks = Structure.split(cacheInfo, cacheInfoSize, "rta_cacheinfo").head.u32(8);
  return ticks === 0 ? undefined : ticks / ticksPerSecond;
}

function nextHop(
  attributes: Attributes,
  link: number | undefined,
  flags: number,
  weight?: number,
): NextHop | undefined {
  const via = attributes.bytes(RouteAttribute.via);
  const gateway = via ? parseVia(via) : attributes.address(RouteAttribute.gateway);
  if (gateway === undefined && link === undefined) return undefined;
  return {
    gateway,
    link,
    ...(weight === undefined ? {} : { weight }),
    ...(flags & onLinkFlag ? { onLink: true } : {}),
  };
}

/** struct rtvia: the family (16 bits), then the address of the gateway, of another family than the route. */
function parseVia(bytes: Uint8Array): IpAddress | undefined {
  const { head } = Structure.split(bytes, 2, "rtvia");
  const family = ipVersion(head.u16(0));
  const size = family === 4 ? 4 : 16;
  if (family === undefined || bytes.length < 2 + size) return undefined;
  return IpAddress.fromBytes(bytes.subarray(2, 2 + size));
}

/*
 * The next hops of RTA_MULTIPATH: struct rtnexthop, each with attributes behind it.
 *
 *   0                 2        3          4              8
 *   | length, with    | flags  | weight-1 |  link index  | attributes ...
 */
export const nextHopSize = 8;

function parseMultipath(bytes: Uint8Array): NextHop[] {
  const hops: NextHop[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const { head } = Structure.split(bytes.subarray(offset), nextHopSize, "rtnexthop");
    const length = head.u16(0);
    if (length < nextHopSize || offset + length > bytes.length)
      throw new MalformedMessageError(`the next hop at ${offset} says its length is ${length}`);
    const attributes = Attributes.parse(bytes.subarray(offset + nextHopSize, offset + length));
    const hop = nextHop(attributes, head.u32(4), head.u8(2), head.u8(3) + 1);
    if (hop) hops.push(hop);
    offset += (length + 3) & ~3;
  }
  return hops;
}
