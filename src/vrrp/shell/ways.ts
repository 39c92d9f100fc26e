import type { RouteEntry, RuleEntry } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import {
  NetlinkError,
  type Network,
  type NewRoute,
  type NewRule,
  RouteProtocol,
} from "../../netlink/index.js";
import { MissingDevice, routeOf, ruleOf } from "./entries.js";
import type { Interfaces } from "./interfaces.js";

/** Routes and rules: added, removed, and left alone where somebody else has made them. */
export class Ways {
  readonly #network: Network;
  readonly #interfaces: Interfaces;
  readonly #log: Log;

  constructor(options: { network: Network; interfaces: Interfaces; log: Log }) {
    this.#network = options.network;
    this.#interfaces = options.interfaces;
    this.#log = options.log;
  }

  addRoute(entry: RouteEntry, whose: string): void {
    try {
      const route = this.#route(entry);
      if (!entry.append) this.#network.routes.add(route);
      else if (!this.#has(entry)) this.#network.routes.append(route);
    } catch (error) {
      // There already: ours of a former run, or somebody else's, who keeps it.
      if (NetlinkError.is(error, "EEXIST")) return;
      this.#complain(`(${whose}) can't add the route to ${name(entry)}`, error);
    }
  }

  /** @param mine whether this run has added it: then it is told when it isn't there */
  removeRoute(entry: RouteEntry, mine: boolean): void {
    try {
      this.#network.routes.remove(this.#route(entry));
    } catch (error) {
      // It went with its link or its address, or has expired; one of another maker isn't found by our protocol number.
      if (NetlinkError.is(error, "ESRCH", "ENODEV", "ENOENT", "EINVAL", "ENETUNREACH")) return;
      if (mine) this.#complain(`can't remove the route to ${name(entry)}`, error);
    }
  }

  restoreRoute(entry: RouteEntry, whose: string): void {
    if (this.#has(entry)) return;
    this.addRoute(entry, whose);
    if (this.#has(entry)) this.#log.info(`(${whose}) the route to ${name(entry)} was removed: put back`);
  }

  addRule(entry: RuleEntry, whose: string): void {
    try {
      this.#network.rules.add(ruleOf(entry));
    } catch (error) {
      if (!NetlinkError.is(error, "EEXIST")) this.#complain(`(${whose}) can't add a rule`, error);
    }
  }

  removeRule(entry: RuleEntry, mine: boolean): void {
    try {
      this.#network.rules.remove(ruleOf(entry));
    } catch (error) {
      if (NetlinkError.is(error, "ENOENT")) return;
      if (mine) this.#complain("can't remove a rule", error);
    }
  }

  restoreRule(entry: RuleEntry, whose: string): void {
    const rule = ruleOf(entry);
    if (this.#network.rules.list(entry.family).some((one) => isRule(one, rule))) return;
    this.addRule(entry, whose);
    this.#log.info(`(${whose}) a rule was removed: put back`);
  }

  #route(entry: RouteEntry): NewRoute {
    return routeOf(entry, (device) => this.#interfaces.find(device)?.index);
  }

  #has(entry: RouteEntry): boolean {
    const { destination, metric, tos = 0, family } = entry;
    const protocol = entry.protocol ?? RouteProtocol.keepalived;
    return this.#network.routes
      .list({ family, ...(entry.table !== undefined && { table: entry.table }) })
      .some(
        (route) =>
          route.destination.equals(destination.address) &&
          route.prefixLength === destination.prefixLength &&
          route.tos === tos &&
          (metric === undefined || route.metric === metric) &&
          (protocolNumber(route.protocol) === protocol || !entry.append) &&
          (!entry.append ||
            route.nextHops.some((hop) => entry.hops.some((one) => same(one.via, hop.gateway)))),
      );
  }

  #complain(what: string, error: unknown): void {
    if (!(error instanceof NetlinkError) && !(error instanceof MissingDevice)) throw error;
    this.#log.warn(`${what}: ${error.message}`);
  }
}

const same = (a: { toString(): string } | undefined, b: { toString(): string } | undefined) =>
  a?.toString() === b?.toString();

const protocolNumber = (protocol: string) =>
  (RouteProtocol as Readonly<Record<string, number>>)[protocol] ?? Number(protocol);

const name = ({ destination: { address, prefixLength } }: RouteEntry) => `${address}/${prefixLength}`;

/** Whether a listed rule has all that is wanted. */
function isRule(listed: object, wanted: NewRule): boolean {
  const there = listed as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => {
    if (value === undefined || key === "l3mdev" || key === "mark") return true;
    return plain(there[key] ?? null) === plain(value);
  });
}

const plain = (value: unknown) =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? part.toString() : part));
