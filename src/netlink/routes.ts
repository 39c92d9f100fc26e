import { RondoError } from "../errors.js";
import { IpAddress } from "../wire/address.js";
import { BodyWriter } from "./attributes.js";
import { indexOfLink, type LinkReference } from "./link-name.js";
import { MessageFlag } from "./message.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket, Request } from "./netlink-socket.js";
import { checkPrefixLength, fullLength, type Scope, scopeNumber } from "./prefix.js";
import {
  nextHopSize,
  onLinkFlag,
  parseRoute,
  parseRouteAnswer,
  type Route,
  RouteAttribute,
  RoutePreference,
  RouteProtocol,
  RouteTable,
  RouteType,
  routeHeadSize,
} from "./route.js";
import { hasMetrics, type RouteMetrics, writeMetrics } from "./route-metrics.js";
import { familyNumber, Structure } from "./structure.js";

/** RTM_F_LOOKUP_TABLE */
const lookupTableFlag = 0x1000;

export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

/** A route to be made, or (what is given of it) to be removed. */
export interface NewRoute extends RouteMetrics {
  /** Needed only where neither an address nor a gateway tells it. */
  readonly family?: 4 | 6;
  /** The default route of the gateway's family (IPv4 if there is no gateway either) if none is given. */
  readonly destination?: IpAddress;
  /** 32 or 128 with a destination, 0 without, if none is given. */
  readonly prefixLength?: number;
  readonly gateway?: IpAddress;
  readonly link?: LinkReference;
  /** Several next hops instead of `gateway` and `link`. */
  readonly nextHops?: readonly {
    gateway?: IpAddress;
    link?: LinkReference;
    weight?: number;
    onLink?: boolean;
  }[];
  /** The address that connections of this host take. */
  readonly source?: IpAddress;
  /** As `ip route` chooses it, if none is given. */
  readonly scope?: Scope | number;
  /** A number, main (254) if none is given. */
  readonly table?: number;
  readonly metric?: number;
  readonly mtu?: number;
  /** "unicast" if none is given. */
  readonly type?: keyof typeof RouteType;
  /** Who made it: "static" if none is given. */
  readonly protocol?: keyof typeof RouteProtocol | number;
  /** The gateway is on the link even if no prefix says so. */
  readonly onLink?: boolean;
  /** IPv4: only packets with this field. */
  readonly tos?: number;
  /** IPv6: only packets from these addresses (CONFIG_IPV6_SUBTREES). */
  readonly from?: { readonly address: IpAddress; readonly prefixLength: number };
  /** Source and destination realm: 16 bits each. */
  readonly realms?: number;
  /** IPv6, RFC 4191. */
  readonly preference?: keyof typeof RoutePreference | number;
  /** IPv6: seconds until it goes by itself. */
  readonly expires?: number;
}

/** The way a packet to an address would take. */
export interface RouteAnswer {
  /** Whether the address is this host's own. */
  readonly local: boolean;
  readonly type: string;
  /** Index of the device; the loopback device for a local address. */
  readonly link: number | undefined;
  /** undefined: the address is on the link. */
  readonly gateway: IpAddress | undefined;
  /** The address that the host would send from. */
  readonly source: IpAddress | undefined;
  /**
   * The table that gave the answer. As long as no policy rule was ever added, IPv4 keeps the tables local (255) and
   * main (254) as one and says main for both: ask {@link local}.
   */
  readonly table: number;
  readonly mtu: number | undefined;
}

/** Routes, IPv4 and IPv6. */
export class Routes {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** The routes of a table (main if none is given, 0: all tables), of both families unless one is given. */
  list(options: { table?: number; family?: 4 | 6 } = {}): Route[] {
    const families = options.family === undefined ? ([4, 6] as const) : [options.family];
    return families.flatMap((family) => this.#listFamily(family, options.table ?? RouteTable.main));
  }

  /** @throws {NetlinkError} EEXIST if there is a route with this destination, metric and table. */
  add(route: NewRoute): void {
    this.#socket.request(
      this.#request("add", RTM_NEWROUTE, route, MessageFlag.create | MessageFlag.exclusive),
    );
  }

  /** Adds a route after others with the same destination, metric and table; of IPv6, as one more next hop. */
  append(route: NewRoute): void {
    this.#socket.request(
      this.#request("append", RTM_NEWROUTE, route, MessageFlag.create | MessageFlag.append),
    );
  }

  /** Adds a route, or puts it in the place of the one with this destination, metric and table. */
  replace(route: NewRoute): void {
    this.#socket.request(
      this.#request("replace", RTM_NEWROUTE, route, MessageFlag.create | MessageFlag.replace),
    );
  }

  /**
   * Removes the first route that has all that is given.
   * @throws {NetlinkError} ESRCH if there is none.
   */
  remove(route: NewRoute): void {
    this.#socket.request(this.#request("remove", RTM_DELROUTE, route, 0));
  }

  /**
   * Asks the kernel for the way to an address, as it would take it now (with all rules and tables).
   * @returns undefined if there is none: no route, or one of type unreachable, prohibit or blackhole.
   */
  routeTo(
    address: IpAddress,
    options: { from?: IpAddress; link?: LinkReference; mark?: number } = {},
  ): RouteAnswer | undefined {
    const head = Structure.ofSize(routeHeadSize)
      .setU8(0, familyNumber(address.family))
      .setU8(1, fullLength(address));
    // IPv4 says "main" whatever the table was, unless it is asked; IPv6 always tells it, and refuses the flag.
    if (address.family === 4) head.setU32(8, lookupTableFlag);
    if (options.from) head.setU8(2, fullLength(options.from));
    const body = new BodyWriter()
      .structure(head.bytes)
      .address(RouteAttribute.destination, address)
      .address(RouteAttribute.source, options.from)
      .u32(
        RouteAttribute.outputLink,
        options.link === undefined ? undefined : indexOfLink(this.#socket, options.link),
      )
      .u32(RouteAttribute.mark, options.mark)
      .finish();
    try {
      const [message] = this.#socket.request({
        operation: `ask for the route to ${address}`,
        type: RTM_GETROUTE,
        body,
      });
      const route = message && parseRouteAnswer(message.body);
      return route && answer(route);
    } catch (error) {
      if (NetlinkError.is(error, "ENETUNREACH", "EHOSTUNREACH", "EACCES", "ENETDOWN")) return undefined;
      // A blackhole answers EINVAL, which is also what a question that the kernel does not understand gets.
      if (NetlinkError.is(error, "EINVAL") && error.kernelMessage === undefined) return undefined;
      throw error;
    }
  }

  #listFamily(family: 4 | 6, table: number): Route[] {
    const head = Structure.ofSize(routeHeadSize).setU8(0, familyNumber(family));
    const body = new BodyWriter().structure(head.bytes);
    if (table !== 0) body.u32(RouteAttribute.table, table);
    try {
      return this.#socket
        .list({
          operation: `list IPv${family} routes`,
          type: RTM_GETROUTE,
          body: body.finish(),
        })
        .map((message) => parseRoute(message.body))
        .filter((route) => route !== undefined)
        .filter((route) => route.family === family && (table === 0 || route.table === table));
    } catch (error) {
      // A table that has never had a route does not exist; a kernel without IPv6 has no routes of it.
      if (NetlinkError.is(error, "ENOENT", "EOPNOTSUPP", "EAFNOSUPPORT")) return [];
      throw error;
    }
  }

  #request(
    verb: "add" | "append" | "replace" | "remove",
    messageType: number,
    route: NewRoute,
    flags: number,
  ): Request {
    const family = familyOf(route);
    const removing = verb === "remove";
    const destination = route.destination ?? IpAddress.fromBytes(new Uint8Array(family === 4 ? 4 : 16));
    const length = checkPrefixLength(destination, route.prefixLength ?? (route.destination ? undefined : 0));
    const type = route.type ?? "unicast";
    const protocol = route.protocol ?? "static";
    const scope = route.scope ?? (removing ? "nowhere" : usualScope(family, type, route));
    const table = route.table ?? RouteTable.main;
    const head = Structure.ofSize(routeHeadSize)
      .setU8(0, familyNumber(family))
      .setU8(1, length)
      .setU8(2, route.from ? checkPrefixLength(route.from.address, route.from.prefixLength) : 0)
      .setU8(3, route.tos ?? 0)
      .setU8(4, table < 256 ? table : 0)
      .setU8(5, removing && route.protocol === undefined ? 0 : protocolNumber(protocol))
      .setU8(6, scopeNumber(scope))
      .setU8(7, removing && route.type === undefined ? 0 : RouteType[type])
      .setU32(8, route.onLink ? onLinkFlag : 0);
    const body = new BodyWriter().structure(head.bytes);
    if (length > 0) body.address(RouteAttribute.destination, destination);
    this.#writeHop(body, family, route);
    body
      .u32(RouteAttribute.table, table)
      .u32(RouteAttribute.metric, route.metric)
      .address(RouteAttribute.preferredSource, route.source)
      .address(RouteAttribute.source, route.from?.prefixLength ? route.from.address : undefined)
      .u32(RouteAttribute.realms, route.realms)
      .u8(RouteAttribute.preference, preferenceNumber(route.preference))
      .u32(RouteAttribute.expires, route.expires);
    const metrics =
      route.mtu === undefined ? route : { ...route, metrics: { ...route.metrics, mtu: route.mtu } };
    if (hasMetrics(metrics)) body.nested(RouteAttribute.metrics, (inner) => writeMetrics(inner, metrics));
    if (route.nextHops) body.bytes(RouteAttribute.multipath, this.#multipath(family, route));
    return {
      operation: `${verb} route ${length === 0 ? "default" : `${destination}/${length}`}`,
      type: messageType,
      flags,
      body: body.finish(),
    };
  }

  #writeHop(
    body: BodyWriter,
    family: 4 | 6,
    { gateway, link }: { gateway?: IpAddress; link?: LinkReference },
  ): void {
    if (gateway && gateway.family !== family) body.bytes(RouteAttribute.via, via(gateway));
    else body.address(RouteAttribute.gateway, gateway);
    if (link !== undefined) body.u32(RouteAttribute.outputLink, indexOfLink(this.#socket, link));
  }

  #multipath(family: 4 | 6, route: NewRoute): Uint8Array {
    const body = new BodyWriter();
    for (const { gateway, link, weight = 1, onLink = route.onLink } of route.nextHops ?? []) {
      if (!Number.isInteger(weight) || weight < 1 || weight > 256)
        throw new RondoError("bad-weight", `the weight of a next hop is 1 to 256, not ${weight}`);
      const inner = new BodyWriter();
      this.#writeHop(inner, family, gateway ? { gateway } : {});
      const attributes = inner.finish();
      body.structure(
        Structure.ofSize(nextHopSize)
          .setU16(0, nextHopSize + attributes.length)
          .setU8(2, onLink ? onLinkFlag : 0)
          .setU8(3, weight - 1)
          .setU32(4, link === undefined ? 0 : indexOfLink(this.#socket, link)).bytes,
      );
      body.structure(attributes);
    }
    return body.finish();
  }
}

function answer(route: Route): RouteAnswer {
  const [hop] = route.nextHops;
  return {
    local: route.type === "local",
    type: route.type,
    link: hop?.link,
    gateway: hop?.gateway,
    source: route.source,
    table: route.table,
    mtu: route.mtu,
  };
}

function familyOf(route: NewRoute): 4 | 6 {
  const hops = route.nextHops ?? [];
  if (route.family !== undefined) return route.family;
  return (route.destination ?? route.gateway ?? hops[0]?.gateway ?? route.source)?.family ?? 4;
}

/** As iproute2 chooses (ip/iproute.c): IPv6 routes have no scope. */
function usualScope(family: 4 | 6, type: keyof typeof RouteType, route: NewRoute): Scope {
  if (family === 6) return "global";
  if (type === "local") return "host";
  if (type === "broadcast" || type === "multicast" || type === "anycast") return "link";
  return type === "unicast" && !route.gateway && !route.nextHops ? "link" : "global";
}

const protocolNumber = (protocol: NonNullable<NewRoute["protocol"]>) =>
  typeof protocol === "number" ? protocol : RouteProtocol[protocol];

const preferenceNumber = (preference: NewRoute["preference"]) =>
  typeof preference === "string" ? RoutePreference[preference] : preference;

function via(gateway: IpAddress): Uint8Array {
  const bytes = new Uint8Array(2 + gateway.bytes.length);
  bytes.set(Structure.ofSize(2).setU16(0, familyNumber(gateway.family)).bytes);
  bytes.set(gateway.bytes, 2);
  return bytes;
}
