import type { RouteEntry, RuleEntry, VrrpInstance } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import type { Link, LinkAddress, NetlinkError, Network } from "../../netlink/index.js";
import type { IpAddress } from "../../wire/index.js";
import { virtualAddresses } from "../virtual-addresses.js";
import { addressOf, lifetimeOf, routeKey, ruleKey } from "./entries.js";
import { type Interfaces, ourProtocol } from "./interfaces.js";
import { type HeldAddress, Locations } from "./locations.js";
import type { Place } from "./place.js";
import { Promotion } from "./promotion.js";
import type { Vmacs } from "./vmacs.js";
import { Ways } from "./ways.js";

interface Holding {
  settings: VrrpInstance;
  addresses: HeldAddress[];
  routes: readonly RouteEntry[];
  rules: readonly RuleEntry[];
  /** When its addresses are to be renewed, by performance.now(). */
  renewAt: number;
}

/** How often an address is renewed within its life. */
const renewalsPerLife = 3;

export interface EstateOptions {
  readonly place: Place;
  readonly network: Network;
  readonly interfaces: Interfaces;
  readonly vmacs: Vmacs;
  readonly log: Log;
}

/**
 * What masters have: addresses, routes and rules. Every address is given to the kernel for some seconds and renewed
 * while we live, so that it goes by itself when nobody is left to take it off. What somebody else removes is put back.
 */
export class Estate {
  readonly #options: EstateOptions;
  readonly #ways: Ways;
  readonly #held = new Map<string, Holding>();
  readonly #locations: Locations;
  readonly #promotion: Promotion;
  #timer: NodeJS.Timeout | undefined;
  #configured: readonly VrrpInstance[] = [];

  constructor(options: EstateOptions) {
    this.#options = options;
    this.#ways = new Ways(options);
    this.#locations = new Locations(options);
    this.#promotion = new Promotion(options.place);
  }

  /** All instances there are: their addresses are never taken for the host's own. */
  configure(instances: readonly VrrpInstance[]): void {
    this.#configured = instances;
  }

  isVirtual(address: LinkAddress): boolean {
    if (address.protocol === ourProtocol) return true;
    return this.#configured.some(
      (instance) =>
        instance.priority !== 255 &&
        virtualAddresses(instance).some((entry) => entry.address.equals(address.address)),
    );
  }

  /** Puts what an instance has in place; what is there already is renewed. */
  install(settings: VrrpInstance): void {
    const before = this.#held.get(settings.name);
    const addresses = this.#locations.of(settings);
    this.#put(settings, addresses);
    if (settings.promoteSecondaries && !before) this.#promotion.begin(addresses);
    for (const route of settings.routes) this.#ways.addRoute(route, settings.name);
    for (const rule of settings.rules) this.#ways.addRule(rule, settings.name);
    this.#held.set(settings.name, {
      settings,
      addresses,
      routes: settings.routes,
      rules: settings.rules,
      renewAt: performance.now() + this.#renewal(settings),
    });
    this.#schedule();
  }

  /** Takes it all off, also what a former run left. */
  remove(settings: VrrpInstance): void {
    const holding = this.#held.get(settings.name);
    this.#held.delete(settings.name);
    for (const rule of settings.rules) this.#ways.removeRule(rule, holding !== undefined);
    for (const route of settings.routes) this.#ways.removeRoute(route, holding !== undefined);
    const kept = this.#keptByOthers();
    const wanted = (holding?.addresses ?? this.#locations.of(settings, false)).filter(
      ({ link, request }) => !kept.has(keyOf(link, request.address)),
    );
    this.#takeOff(wanted.filter((one) => holding || this.#locations.isThere(one)));
    if (holding?.settings.promoteSecondaries) this.#promotion.end(holding.addresses);
    this.#schedule();
  }

  /** A master's settings have changed: what is in both stays untouched. */
  replace(before: VrrpInstance, after: VrrpInstance): void {
    const holding = this.#held.get(before.name);
    if (!holding) {
      this.install(after);
      return;
    }
    const stays = new Set(after.routes.map(routeKey));
    const staysRule = new Set(after.rules.map(ruleKey));
    for (const rule of holding.rules) if (!staysRule.has(ruleKey(rule))) this.#ways.removeRule(rule, true);
    for (const route of holding.routes) if (!stays.has(routeKey(route))) this.#ways.removeRoute(route, true);
    const addresses = this.#locations.of(after);
    const wanted = new Set(addresses.map(sameAddress));
    this.#takeOff(holding.addresses.filter((one) => !wanted.has(sameAddress(one))));
    if (before.promoteSecondaries) this.#promotion.end(holding.addresses);
    this.#held.delete(before.name);
    this.install(after);
  }

  /** Everybody goes and leaves the addresses behind for good (`--dont-release-vrrp`). */
  abandon(settings: VrrpInstance): void {
    const holding = this.#held.get(settings.name);
    this.#held.delete(settings.name);
    if (holding)
      this.#options.network.addresses.replaceAll(
        holding.addresses.map(({ link, entry }) => ({ link, address: addressOf(entry, undefined) })),
      );
    this.#schedule();
  }

  /** What an instance has to announce: its addresses that are in place. */
  held(instance: string): readonly HeldAddress[] {
    return this.#held.get(instance)?.addresses ?? [];
  }

  /** All that masters have, for a status. */
  get instances(): readonly string[] {
    return [...this.#held.keys()];
  }

  addressRemoved(link: Link, gone: LinkAddress): void {
    for (const { settings, addresses } of this.#held.values())
      for (const one of addresses) {
        if (one.link !== link.index || !one.request.address.equals(gone.address)) continue;
        if (one.request.prefixLength !== gone.prefixLength) continue;
        const [refusal] = this.#options.network.addresses.replaceAll([
          { link: one.link, address: one.request },
        ]);
        this.#options.log.warn(
          refusal
            ? `(${settings.name}) ${gone.address} is gone from ${link.name}, and can't be put back: ${refusal.message}`
            : `(${settings.name}) ${gone.address} was taken from ${link.name}: put back`,
        );
      }
  }

  /** Whether a route to there could be one of these. */
  hasRoute(destination: IpAddress): boolean {
    for (const { routes } of this.#held.values())
      if (routes.some((route) => route.destination.address.equals(destination))) return true;
    return false;
  }

  get hasRules(): boolean {
    for (const { rules } of this.#held.values()) if (rules.length > 0) return true;
    return false;
  }

  /** A route or a rule is gone, maybe with an address or a link: what is ours of them is put back. */
  restoreWays(): void {
    for (const { settings } of this.#held.values()) {
      for (const route of settings.routes) this.#ways.restoreRoute(route, settings.name);
      for (const rule of settings.rules) this.#ways.restoreRule(rule, settings.name);
    }
  }

  /** A device came, or is another one by this name. */
  deviceAppeared(name: string): void {
    for (const { settings, addresses } of [...this.#held.values()])
      if (addresses.some(({ device }) => device === name) || devicesOf(settings).has(name))
        this.install(settings);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  #renewal(settings: VrrpInstance): number {
    return (lifetimeOf(settings) * 1000) / renewalsPerLife;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const { renewAt } of this.#held.values()) least = Math.min(least, renewAt);
    if (Number.isFinite(least))
      this.#timer = setTimeout(() => this.#renew(), Math.max(1, least - performance.now()));
  }

  #renew(): void {
    const now = performance.now();
    for (const holding of this.#held.values()) {
      if (holding.renewAt > now + 1) continue;
      this.#put(holding.settings, holding.addresses);
      holding.renewAt = now + this.#renewal(holding.settings);
    }
    this.#schedule();
  }

  #put(settings: VrrpInstance, addresses: readonly HeldAddress[]): void {
    const refusals = this.#options.network.addresses.replaceAll(
      addresses.map(({ link, request }) => ({ link, address: request })),
    );
    for (const [index, refusal] of refusals.entries())
      if (refusal) this.#complain(settings.name, addresses[index]!, refusal);
  }

  #complain(instance: string, { request, device }: HeldAddress, refusal: NetlinkError): void {
    if (refusal.errnoName === "ENODEV") return; // It went away; netlink tells of it.
    this.#options.log.warn(`(${instance}) can't add ${request.address} to ${device}: ${refusal.message}`);
  }

  #takeOff(addresses: readonly HeldAddress[]): void {
    const { network, log } = this.#options;
    // The last one first: an IPv4 address that is the first of its prefix takes the others with it.
    const wanted = [...addresses].reverse();
    const refusals = network.addresses.removeAll(
      wanted.map(({ link, request }) => ({ link, address: request })),
    );
    for (const [index, refusal] of refusals.entries())
      if (refusal && !["EADDRNOTAVAIL", "ENODEV"].includes(refusal.errnoName))
        log.warn(`can't remove ${wanted[index]!.request.address}: ${refusal.message}`);
  }

  /** Addresses that other instances have as well: one that leaves must not take them along. */
  #keptByOthers(): Set<string> {
    const kept = new Set<string>();
    for (const { addresses } of this.#held.values())
      for (const { link, request } of addresses) kept.add(keyOf(link, request.address));
    return kept;
  }
}

const keyOf = (link: number, address: IpAddress) => `${link} ${address}`;

/** An address with another label, scope and so on has to be made anew; another lifetime is given by renewing it. */
const sameAddress = ({ link, request }: HeldAddress) =>
  JSON.stringify([link, { ...request, validSeconds: 0, preferredSeconds: 0 }]);

function devicesOf(instance: VrrpInstance): Set<string> {
  const names = [instance.interface];
  for (const { device } of virtualAddresses(instance)) if (device !== undefined) names.push(device);
  for (const { hops } of instance.routes)
    for (const { device } of hops) if (device !== undefined) names.push(device);
  return new Set(names);
}
