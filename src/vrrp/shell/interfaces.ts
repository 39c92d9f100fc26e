import type { InterfaceDelays } from "../../config/keepalived/model/index.js";
import {
  type Link,
  type LinkAddress,
  type Network,
  type NetworkWatch,
  type Route,
  type Rule,
  watchNetwork,
} from "../../netlink/index.js";
import type { ReadySet } from "../../sys/index.js";
import { IpAddress, type MacAddress } from "../../wire/index.js";
import type { InterfaceFacts } from "../facts.js";

/** Who made an address: RTPROT_KEEPALIVED, so that ours are known from others (Linux 5.18). */
export const ourProtocol = 18;

export interface InterfacesOptions {
  readonly network: Network;
  readonly namespace: number | undefined;
  readonly ready: ReadySet;
  /** Whether an address is a virtual one that must not be taken for the host's own. */
  readonly isVirtual: (address: LinkAddress) => boolean;
  /** What is known of an interface has changed; undefined: it is gone. */
  readonly changed: (name: string, facts: InterfaceFacts | undefined) => void;
  /** A link came, went, or is another one than before by this name. */
  readonly appeared: (name: string) => void;
  readonly addressRemoved: (link: Link, address: LinkAddress) => void;
  readonly routeRemoved: (route: Route) => void;
  readonly ruleRemoved: (rule: Rule) => void;
}

interface Delayed {
  up: boolean;
  timer: NodeJS.Timeout | undefined;
}

/** The links of a network with their addresses, as they are now. */
export class Interfaces {
  readonly #options: InterfacesOptions;
  readonly #links = new Map<number, Link>();
  readonly #addresses = new Map<number, LinkAddress[]>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #told = new Map<string, string>();
  #delays: readonly InterfaceDelays[] = [];
  #watch: NetworkWatch | undefined;

  constructor(options: InterfacesOptions) {
    this.#options = options;
  }

  start(delays: readonly InterfaceDelays[]): void {
    const { namespace, ready } = this.#options;
    this.#delays = delays;
    this.#watch = watchNetwork(
      {
        link: (change, link) => this.#linkChanged(change === "removed", link),
        address: (change, address) => this.#addressChanged(change === "removed", address),
        route: (change, route) => {
          if (change === "removed") this.#options.routeRemoved(route);
        },
        rule: (change, rule) => {
          if (change === "removed") this.#options.ruleRemoved(rule);
        },
        resync: () => this.resync(),
      },
      ready,
      namespace === undefined ? {} : { namespace },
    );
    this.#list();
    for (const { name } of this.#links.values()) this.#told.set(name, JSON.stringify(this.facts(name)));
  }

  setDelays(delays: readonly InterfaceDelays[]): void {
    this.#delays = delays;
  }

  close(): void {
    this.#watch?.close();
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
  }

  get names(): string[] {
    return [...this.#links.values()].map(({ name }) => name);
  }

  find(name: string): Link | undefined {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return undefined;
  }

  byIndex(index: number): Link | undefined {
    return this.#links.get(index);
  }

  addressesOf(index: number): readonly LinkAddress[] {
    return this.#addresses.get(index) ?? [];
  }

  facts(name: string): InterfaceFacts | undefined {
    const link = this.find(name);
    if (!link) return undefined;
    const own = this.addressesOf(link.index).filter((one) => !this.#options.isVirtual(one));
    const address4 = own.find(({ address }) => address.family === 4)?.address;
    const address6 = own.find(
      ({ address, tentative, duplicate }) => isLinkLocal(address) && !tentative && !duplicate,
    )?.address;
    return {
      up: this.#delayed.get(name)?.up ?? isUp(link),
      ...(address4 && { address4 }),
      ...(address6 && { address6 }),
      addresses: own.map(({ address }) => address),
    };
  }

  /** A link that was just made is known at once, before its message is read. */
  learn(link: Link): void {
    this.#links.set(link.index, link);
  }

  /** Messages were lost: all is listed anew, and what differs is told. */
  resync(): void {
    const before = new Map(this.#links);
    const had = new Map(this.#addresses);
    this.#list();
    for (const [index, addresses] of had)
      for (const address of addresses)
        if (!this.addressesOf(index).some((one) => same(one, address))) {
          const link = before.get(index);
          if (link && this.#links.has(index)) this.#options.addressRemoved(link, address);
        }
    const names = new Set([...before.values(), ...this.#links.values()].map(({ name }) => name));
    for (const name of names) {
      const old = [...before.values()].find((link) => link.name === name);
      if (old?.index !== this.find(name)?.index) this.#options.appeared(name);
      this.#tell(name);
    }
  }

  #list(): void {
    const { links, addresses } = this.#options.network;
    this.#links.clear();
    this.#addresses.clear();
    for (const link of links.list()) this.#links.set(link.index, link);
    for (const address of addresses.list()) this.#addressesAt(address.link).push(address);
  }

  #linkChanged(removed: boolean, link: Link): void {
    const before = this.#links.get(link.index);
    if (removed) {
      this.#links.delete(link.index);
      this.#addresses.delete(link.index);
    } else this.#links.set(link.index, link);
    if (before && before.name !== link.name) {
      this.#options.appeared(before.name);
      this.#tell(before.name);
    }
    if (removed || before?.name !== link.name) this.#options.appeared(link.name);
    this.#delay(link, removed, before);
    this.#tell(link.name);
  }

  #addressChanged(removed: boolean, address: LinkAddress): void {
    const all = this.#addressesAt(address.link);
    const at = all.findIndex((one) => same(one, address));
    const link = this.#links.get(address.link);
    if (removed) {
      if (at >= 0) all.splice(at, 1);
      if (link) this.#options.addressRemoved(link, address);
    } else if (at >= 0) {
      const { tentative, duplicate, protocol } = all[at]!;
      all[at] = address;
      // Our own are renewed again and again.
      if (tentative === address.tentative && duplicate === address.duplicate && protocol === address.protocol)
        return;
    } else all.push(address);
    if (link) this.#tell(link.name);
  }

  #addressesAt(index: number): LinkAddress[] {
    const all = this.#addresses.get(index) ?? [];
    this.#addresses.set(index, all);
    return all;
  }

  /** interface_up_down_delays: a change counts when it has lasted. */
  #delay(link: Link, removed: boolean, before: Link | undefined): void {
    const delays = this.#delays.find((one) => one.interface === link.name);
    const existing = this.#delayed.get(link.name);
    if (removed || (!delays && !existing)) {
      clearTimeout(existing?.timer);
      this.#delayed.delete(link.name);
      return;
    }
    const up = isUp(link);
    const state = existing ?? { up: before ? isUp(before) : up, timer: undefined };
    this.#delayed.set(link.name, state);
    if (state.up === up) {
      clearTimeout(state.timer);
      state.timer = undefined;
      return;
    }
    if (state.timer) return;
    const wait = up ? (delays?.up ?? 0) : (delays?.down ?? 0);
    const settle = () => {
      state.timer = undefined;
      this.#delayed.delete(link.name);
      this.#tell(link.name);
    };
    if (wait > 0) state.timer = setTimeout(settle, wait);
    else this.#delayed.delete(link.name);
  }

  #tell(name: string): void {
    const facts = this.facts(name);
    const text = JSON.stringify(facts) ?? "";
    if ((this.#told.get(name) ?? "") === text) return;
    if (facts) this.#told.set(name, text);
    else this.#told.delete(name);
    this.#options.changed(name, facts);
  }
}

/** Switched on, with a signal. */
const isUp = ({ up, carrier, operationalState }: Link) =>
  up && carrier && operationalState !== "down" && operationalState !== "lower layer down";

const same = (a: LinkAddress, b: LinkAddress) =>
  a.address.equals(b.address) &&
  a.prefixLength === b.prefixLength &&
  (a.peer === b.peer || (a.peer !== undefined && b.peer !== undefined && a.peer.equals(b.peer)));

export const isLinkLocal = (address: IpAddress) =>
  address.family === 6 && address.byte(0) === 0xfe && (address.byte(1) & 0xc0) === 0x80;

/** The link-local address that a MAC address stands for: modified EUI-64 (RFC 4291, appendix A). */
export function linkLocalOf({ bytes }: MacAddress): IpAddress {
  const head = [0xfe, 0x80, 0, 0, 0, 0, 0, 0];
  const [a, b, c, d, e, f] = bytes as unknown as [number, number, number, number, number, number];
  return IpAddress.fromBytes(Uint8Array.of(...head, a ^ 2, b, c, 0xff, 0xfe, d, e, f));
}
