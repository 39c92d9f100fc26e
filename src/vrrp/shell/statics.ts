import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import { type Link, type LinkAddress, NetlinkError, type Network } from "../../netlink/index.js";
import { addressOf, routeKey, ruleKey } from "./entries.js";
import type { Interfaces } from "./interfaces.js";
import { Ways } from "./ways.js";

/** static_ipaddress, static_routes and static_rules. */
export type StaticEntries = Pick<KeepalivedConfig, "staticAddresses" | "staticRoutes" | "staticRules">;

const none: StaticEntries = { staticAddresses: [], staticRoutes: [], staticRules: [] };
const whose = "static";

/** Addresses, routes and rules that are there whoever is master. They are given for good, and taken off at the end. */
export class Statics {
  readonly #network: Network;
  readonly #interfaces: Interfaces;
  readonly #log: Log;
  readonly #ways: Ways;
  #now: StaticEntries = none;
  #defaultDevice = "";
  /** Those that were there before us, which stay. */
  readonly #foreign = new Set<string>();

  constructor(options: { network: Network; interfaces: Interfaces; log: Log }) {
    this.#network = options.network;
    this.#interfaces = options.interfaces;
    this.#log = options.log;
    this.#ways = new Ways(options);
  }

  /** Has these and no others; what stays isn't touched. */
  set(wanted: StaticEntries, defaultDevice: string): void {
    const before = this.#now;
    const routes = new Set(wanted.staticRoutes.map(routeKey));
    const rules = new Set(wanted.staticRules.map(ruleKey));
    const addresses = new Set(wanted.staticAddresses.map(plain));
    for (const rule of before.staticRules) if (!rules.has(ruleKey(rule))) this.#ways.removeRule(rule, true);
    for (const route of before.staticRoutes)
      if (!routes.has(routeKey(route))) this.#ways.removeRoute(route, true);
    for (const entry of before.staticAddresses) if (!addresses.has(plain(entry))) this.#removeAddress(entry);
    this.#now = wanted;
    this.#defaultDevice = defaultDevice;
    this.restore();
  }

  /** Puts what isn't there (any more) in place. */
  restore(): void {
    for (const entry of this.#now.staticAddresses) this.#addAddress(entry);
    for (const route of this.#now.staticRoutes) this.#ways.addRoute(route, whose);
    for (const rule of this.#now.staticRules) this.#ways.addRule(rule, whose);
  }

  /** Whether what went may be one of these. */
  concerns(gone: { link?: Link; address?: LinkAddress }): boolean {
    const { staticAddresses, staticRoutes, staticRules } = this.#now;
    if (!gone.address) return staticRoutes.length + staticRules.length > 0;
    return staticAddresses.some(({ address }) => address.equals(gone.address!.address));
  }

  close(keep: boolean): void {
    if (!keep) this.set(none, this.#defaultDevice);
  }

  #addAddress(entry: StaticEntries["staticAddresses"][number]): void {
    const device = entry.device ?? this.#defaultDevice;
    const link = this.#interfaces.find(device);
    if (!link) return; // It is added when the device comes.
    try {
      this.#network.addresses.add(link.index, addressOf(entry, undefined));
    } catch (error) {
      if (NetlinkError.is(error, "EEXIST")) {
        const there = this.#interfaces.addressesOf(link.index);
        const mine = there.find(({ address }) => address.equals(entry.address));
        if (mine?.protocol === 0) this.#foreign.add(plain(entry));
      } else if (error instanceof NetlinkError)
        this.#log.warn(`can't add the static address ${entry.address} to ${device}: ${error.message}`);
      else throw error;
    }
  }

  #removeAddress(entry: StaticEntries["staticAddresses"][number]): void {
    if (this.#foreign.has(plain(entry))) return;
    const link = this.#interfaces.find(entry.device ?? this.#defaultDevice);
    if (link) this.#network.addresses.removeAll([{ link: link.index, address: addressOf(entry, undefined) }]);
  }
}

const plain = (entry: object) => JSON.stringify({ ...entry, at: undefined });
