import { IpAddress } from "../wire/address.js";
import { Attributes } from "./attributes.js";
import { MalformedMessageError } from "./malformed.js";
import { Scope } from "./prefix.js";
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
  table: 15,
  mark: 16,
  via: 18,
  nextHopId: 30,
} as const;
/** RTAX_MTU, within "metrics". */
export const METRIC_MTU = 2;
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
}

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
  const single = nextHop(attributes, attributes.u32(RouteAttribute.outputLink));
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
    mtu: attributes.nested(RouteAttribute.metrics)?.u32(METRIC_MTU),
    nextHopId: attributes.u32(RouteAttribute.nextHopId),
  };
}

function nextHop(attributes: Attributes, link: number | undefined, weight?: number): NextHop | undefined {
  const via = attributes.bytes(RouteAttribute.via);
  const gateway = via ? parseVia(via) : attributes.address(RouteAttribute.gateway);
  if (gateway === undefined && link === undefined) return undefined;
  return { gateway, link, ...(weight === undefined ? {} : { weight }) };
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
    const hop = nextHop(attributes, head.u32(4), head.u8(3) + 1);
    if (hop) hops.push(hop);
    offset += (length + 3) & ~3;
  }
  return hops;
}
